using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>The words in which a text names a letter as its answer, and those that take it back.</summary>
/// <remarks>A space stands for any white space, and "(?…)" is a regular expression as usual.</remarks>
internal static class ChoiceWords
{
    // What is called right: "the best choice", "the only valid option".
    private static readonly string Praised = Any(
        "correct", "right", "best", "chosen", "final", "only valid", "most likely", "remaining")
        + @"\s+" + Any("choice", "option", "alternative", "one", "response", "statement", "letter");

    // What may stand behind it: "the answer choice here", "the answer to this question", "the correct answer(s)".
    private static readonly string Of = @"(?:\s+"
        + Any("choice", "option", "letter", "here", "to (?:this|the) (?:question|problem)")
        + @")*(?:\s*\(s\))?";

    private static readonly string Verbs = Any("is", "must be", "has to be", "should be", "remains");

    private static readonly string Choosing = @"\b" + Any(
        "finali[sz]e", "choose", "chose", "pick", "picked", "select", "selected", "going with", "go with", "went with",
        "settle on", "settled on", "opt for", "vote for", "answer with", "conclude(?: that)?(?: it)?", "mark")
        + "|故选|应选|选";

    private static readonly string Concluding = Any(
        "(?:it|that|this|which)(?:'s|’s| is| must be| has to be| should be| should have been| would be)",
        "therefore", "thus", "hence", @"so(?!\s+(?:is|are|does|was)\b)",
        "leaves", "leaving", "we get", "corresponds (?:exactly |precisely |directly )?to", "listed as", "given as",
        "labell?ed(?: as)?",
        "matches", "matching", "points? to(?:wards?)?", "(?:brings?|leads?|takes?) (?:us |me )?to", "arrive at",
        "(?:boils|comes) down to", @"i\.e\.", "sondern");

    // What may stand between the words that lead to a letter and the letter; a text of hostile length has no more of
    // it.
    private static readonly string Between = @"(?:\s*" + Any(
        "is", "are", "=", ":", "→", "->", "would be", "should be", "must be", "has to be", "will be", "be", "was",
        "therefore", "thus", "then", "hence", "clearly", "definitely", "simply", "indeed", "obviously", "likely",
        "most likely", "probably", "for sure", "only", "just", "actually", "now", "still", "I think", "it's", "it is",
        "given by", "being", "changes to", "becomes", "ist", "also", "daher", "lautet", "ist also") + @",?){0,8}\s*";

    // A letter, in brackets or not, and not the first of a word, of a name with a sign or of a formula.
    private const string Letter = @"(?<o>(?:the\s+)?(?i:option|choice|letter|answer|number|选项)\s*:?\s*)?[""'“]?"
        + @"(?:(?<b>[(\[])\s*(?<l>[A-Za-z])\s*[)\]]|(?<l>[A-Za-z])(?![A-Za-z'’_^0-9-]|\s*[=+<>^]))";

    // Where a sentence with a concluded letter ends or goes on with its reason.
    private static readonly string Ending = @"(?=\s*[)]?(?:[.,;:!?\n]|\z)|(?<=[)\]])|(?<=(?:option"
        + @"|choice)\s*[A-Za-z])|\s+"
        + Any("because", "since", "as", "and not", "not") + @"\b)";

    private const string NoWordBefore = @"(?<![A-Za-z'’_-])";

    /// <summary>
    /// What names a letter as the answer. None outranks another: of all that a text states, the last holds.
    /// </summary>
    public static readonly (string Example, Regex Pattern)[] Stated =
    [
        ("the answer is C", Made($@"(?:\b(?:answer|{Praised}){Of}|\b{Any("choice", "option", "pick", "selection")}"
            + $@"(?=\s*{Any("is", ":", "=", "must be", "would be")}\s)|答案|正确选项"
            + @"|\bAntwort|\bLösung|\b(?:[Оо]твет|Respuesta|Réponse|Risposta|Resposta)(?=\s*[:：—-]))[""'”]?\s*"
            + $@"\s*[是为:：】]*{Between}{Letter}")),
        ("we choose (b)", Made($@"(?:{Choosing})\s*[:：]?{Between}{Letter}")),
        ("only (C) satisfies both", Made($@"\bonly\s+{Letter}\s+{Any(
            "satisf(?:y|ies)", "works", "fits", "holds", "remains", "matches", "meets", "agrees", "survives", "is left",
            "is consistent", "is possible", "is correct", "is right", "is valid", "passes", "obeys", "makes")}\b")),
        ("only B joins anything", Made($@"\bonly\s+{Letter}\s+(?!{Any("is", "was", "does", "has no", "fails",
            "lacks", "contradicts", "misses", "violates", "seems", "looks", "appears")}\b)[a-z]{{2,}}s\b")),
        ("option D fits best", Made(@"\b(?<o>option|choice|statement|answer)\s+[(\[]?(?<l>[A-Za-z])[)\]]?\s+"
            + @"(?:best\s+(?:describes|matches|fits|explains|captures|expresses)\b"
            + @"|(?:describes|matches|fits|explains|captures|expresses)\b[^.,;\n]{0,40}"
            + @"\b(?:best|exactly|perfectly)\b)")),
        ("therefore B.", Made($@"\b{Concluding}[,:]?{Between}{Letter}{Ending}")),
        ("the right answer, C, follows", Made(
            $@"\b(?:right|correct|best|final)\s+(?:answer|choice|option),\s*{Letter}\s*,")),
        ("the first choice, A, is right", Made(
            $@"\b(?:first|second|third|fourth|fifth|last)\s+(?:answer|choice|option),"
            + $@"\s*{Letter}\s*,\s*is\s+(?:what|the\s+(?:right|correct|answer)|right|correct)\b")),
        ("the only claim that must hold is C", Made($@"\bthe\s+(?:only|one)\s+(?:[a-z]+\s+)?{Any(
            "statement", "option", "choice", "one", "answer", "claim")}\s+(?:that|which)\s+[^.;,\n]{{1,40}}?\sis\s+"
            + $@"{Letter}{Ending}")),
        ("the answer is not B but C", Made(@"\b(?:answer|choice)\s+is\s+not\s+[(\[]?[A-Z][)\]]?(?![A-Za-z])"
            + $@"[^.;\n]{{0,60}}?,?\s+but\s+(?:rather\s+)?{Letter}{Ending}")),
        ("we are left with D", Made($@"\bleft\s+with\s+(?:only\s+)?{Letter}(?:{Ending}|\s+as\s+the\b)")),
        ("correct is C", Made($@"\b(?:correct|right)\s+(?:is|would be)\s*:?\s*{Letter}{Ending}")),
        ("0.91 is larger. D", Made($@"(?<=[a-z0-9)][.!]\s){Letter}\s*\.?\s*\z", cased: true)),
        ("as option G states", Made(@"(?<!\b(?:contrary\s+to|unlike|against|not|never)\s+)\b(?:as|what|which)\s+"
            + $@"(?:in\s+)?{Letter}\s+{Any("states", "says", "claims", "asserts", "describes", "gives", "shows",
                "predicts", "puts it", "has it", "expresses")}\b(?!\s+otherwise)")),
        ("12, option C.", Made($@",\s+(?:(?:which\s+is|so|hence|thus|that\s+is|i\.e\.,?)\s+)?"
            + $@"(?<o>option|choice|answer)\s+[(\[]?(?<l>[A-Za-z])[)\]]?(?=\s*(?:[.!;]|\z|[(—–]))")),
        ("option C, not option A", Made(@"\b(?<o>option|choice|answer)\s+[(\[]?(?<l>[A-Za-z])[)\]]?\s*[,;–—-]+\s*"
            + @"(?:and\s+)?(?:not|rather\s+than|instead\s+of)\s")),
        ("B... no, C.", Made($@"\b{Any("no", "sorry", "wait", "actually", "hmm+", "scratch that", "make that",
            "correction", "I meant?", "oops")}[,:.…]*\s+(?:{Any("actually", "I meant?", "it is", "it's", "it should be",
            "make that", "rather", "the answer is")},?\s+)*{Letter}(?=\s*(?:[.!]|\z)|\s+(?:because|since)\b)")),
        ("D is the best answer", Made($@"{NoWordBefore}(?<o>(?:option|choice|answer|statement)\s+)?"
            + $@"(?:(?<b>[(\[])\s*(?<l>[A-Za-z])\s*[)\]]|(?<l>[A-Z]))(?:[):])?\s+{Verbs}\s+(?:{Any(
                "therefore", "thus", "then", "hence", "indeed", "clearly", "definitely", "obviously", "actually",
                "the", "our", "my", "only", "most", "a", "best", "final", "single")}\s+)*{Any(
                "correct", "answer", "best", "right (?:answer|choice|option|one)", "one (?:whose|that|which|with)",
                "solution", "choice", "option", "what we (?:want|need|seek|are (?:looking for|after))")}\b",
                    cased: true)),
        ("the reagent is PCC: D.", Made(@"(?<!\b(?:(?:[Ss]econd|[Nn]ext)[\s-]best|[Rr]unner-up|[Ww]rong"
            + $@"|[Ii]ncorrect|[Ee]liminated|[Ee]xcluded|[Rr]uled\s+out|[Ff]alse|[Nn]ot))\s*:\s*{Letter}\s*\.?\s*\z",
            cased: true)),
        ("so it is 97 → A", Made($@"(?:→|⇒|->|=>)\s*{Letter}\s*\.?\s*\z", cased: true)),
        ("E ist korrekt", Made($@"{NoWordBefore}(?<o>(?:Antwort|Aussage|Option)\s+)?"
            + @"(?:(?<b>[(\[])\s*(?<l>[A-Z])\s*[)\]]|(?<l>[A-Z]))\s+(?:ist\s+)?(?:also\s+)?(?:richtig|korrekt)\b",
                cased: true)),
    ];

    /// <summary>The kinds of statements that name the answer itself, by their examples.</summary>
    public static readonly HashSet<string> Flat = ["the answer is C", "we choose (b)", "the right answer, C, follows",
        "the answer is not B but C", "correct is C", "B... no, C.", "D is the best answer", "E ist korrekt"];

    /// <summary>Before a statement: it is one of a wrong answer.</summary>
    public static readonly Regex Wrong = Made(@"\b(?:wrong|incorrect|common)\s+\z");

    /// <summary>
    /// Between two letters that are flatly named one after the other: "The answer is A. The answer is B."
    /// </summary>
    public static readonly Regex Again =
        Made(@"\A\s*[)\]]?\s*\.?\s*(?:and\s+)?(?:the\s+)?(?:correct\s+|final\s+)?answer\s+is\s*[(\[]?\z"
        + @"|\A[)\]]?[^.;\n]{0,40}\bor\s+(?:option\s+|choice\s+)?[(\[]?\z"
        + @"|\A[)\]]?\s*[,;.]\s*(?:and\s+|but\s+)?(?:if\s+not|if\s+it\s+is\s+not|otherwise|else)\b[^\n]*\z");

    /// <summary>Behind the last statement: the writer takes none.</summary>
    public static readonly Regex Undecided = Made(
        @"\b(?:can't|can’t|cannot|can not|could not|couldn't)\s+(?:really\s+)?"
        + @"(?:decide|tell which|make up|commit|be (?:sure|certain))\b|\bback and forth between\b");

    /// <summary>At the end of a text: no option is taken.</summary>
    public static readonly Regex NoneFits = Made(
        @"\b(?:none of (?:the )?(?:options|choices|answers|these|them|[A-J] (?:to|through|-|–) [A-J])"
        + @"(?:\s+(?:given|listed|offered))?\s+(?:fits?|match(?:es)?|works?|(?:is|are) (?:correct|right|true|valid))"
        + @"|no (?:correct|right|valid) (?:option|answer|choice)\b(?! than)|no (?:option|choice)"
        + @" (?:is|fits|works)(?! better| as well)"
        + @"|(?:cannot|can't|can’t|unable to|not able to) (?:determine|give|choose|find|select) (?:the|an?|any) "
        + @"(?:\w+ )?(?:answer|option|choice))\b[^\n]{0,80}\z");

    /// <summary>An option that says so itself: "none of the above", "cannot be determined".</summary>
    public static readonly Regex NoOption = Made(@"\b(?:none|cannot|no)\b");

    /// <summary>Behind a first letter: more of them in a row, "A B C D".</summary>
    public static readonly Regex Row = Made(@"\A(?:\s+[A-HJ](?![A-Za-z'’])){2}", cased: true);

    /// <summary>A sentence that names several letters: "It's either A, B, or D."</summary>
    public static readonly Regex Either = Made(@"\b[Ee]ither\b|\b[A-Z]\s*,?\s+or\s+[A-Z]\b", cased: true);

    /// <summary>Words that make the letter behind them an option's, and no article.</summary>
    public static readonly Regex Option = Made(@"\b(?:option|choice|letter)\b");

    /// <summary>A letter before a statement that shares it: "B or", "(A), ".</summary>
    public static readonly Regex First = Made(
        @"(?<![A-Za-z'’])(?:\((?<l>[A-Z])\)|(?<l>[A-Z]))\s*(?:,|or|and|/|&|nor)+\s*(?:option\s+|choice\s+)?[(\[]?\z",
        cased: true);

    /// <summary>Behind a letter or a statement: it holds under a condition, or in part.</summary>
    public static readonly Regex Conditional = Made(@"\A[)\]]?,?\s*(?:(?:would|might|could|may)\s+(?:\w+\s+)?be"
        + @"|is\s+(?:partially|partly|almost|nearly|half)"
        + @"|(?:is\s+(?:\w+\s+){1,3})?(?:only|except)\s+(?:if|when|in|for|at|on|under|with|by|where|while"
        + @"|after|before|because)|unless|provided"
        + @"|assuming|if\s+(?!not))\b"
        + @"|\A[)\]]?,?\s*(?:maybe|perhaps|possibly|I\s+guess)\s*(?:[.?!]|\z)");

    /// <summary>Marks behind letters, of which one alone is right: "(A) wrong (B) correct", "A ✗, B ✓".</summary>
    public static readonly Regex Marked = Made($@"{NoWordBefore}(?:[(\[](?<l>[A-Za-z])[)\]]|(?<l>[A-Z])(?![A-Za-z'’]))"
        + @"\s*[:.)–-]?\s*(?:[✓✔✅]|(?i:correct|right|true|yes)\b(?!\s+(?:answers?|options?|choices?|statements?|if"
        + @"|for|only|when|angle\w*|triangle|side|hand)))", cased: true);

    /// <summary>A line of options that are judged one by one: "C) Canberra - correct."</summary>
    public static readonly Regex Judged = Made(@"(?<=\n|\A)[ \t*-]*[(\[]?(?<l>[A-Z])[)\].:][ \t]+[^\n]{1,80}?\s*"
        + @"(?:[-–—:(]|→|⇒)[ \t]*(?:correct|right|true)[.!)*]*[ \t]*(?=\n|\z)", cased: true);

    /// <summary>
    /// Two letters in one statement, "A and B are both correct": no answer, where nothing is stated behind it.
    /// </summary>
    public static readonly Regex StatedTwice =
        Made($@"{NoWordBefore}\(?[A-Z]\)?\s*(?:,|and|or|&)\s*(?:option\s+)?\(?[A-Z]\)?\s+"
        + @"(?:are|both|is)(?:\s+both)?\s+(?:the\s+)?(?:correct|right|answers?|valid)\b", cased: true);

    /// <summary>
    /// The second rank, asked where nothing of the first is stated: the one letter that is called right.
    /// </summary>
    public static readonly Regex CalledRight = Made(
        $@"{NoWordBefore}(?:\(?(?<l>[A-Za-z])\)|(?<l>[A-Z]))\s+"
            + $@"(?:is\s+(?:the\s+)?{Any("right", "valid", "true")}|holds|fits|works)\b",
        cased: true);

    /// <summary>A second letter beside the first, "A, B" or "A or B", that no words of its own follow.</summary>
    public static readonly Regex Second = Made(@"\A[)\]]?\s*(?:,|;|/|&|\+|and|or|,\s*(?:and|or))\s*(?:option"
        + @"|choice)?\s*"
        + @"(?:\((?<l>[A-Za-z])\)|(?<l>[A-Z])(?![A-Za-z'’]))"
        + @"(?=\s*(?:[.,;:!?)\n/]|and\b|or\b|depending\b|\z))", cased: true);

    /// <summary>Behind a small letter: only there it is a letter and no word.</summary>
    public static readonly Regex Ends = Made(@"\A[)\].:""']?\s*(?:\z|[.,;:!?)\n])|\A[)\]]\s", cased: true);

    /// <summary>Behind a letter: "is not right", "can be ruled out", "was a trap".</summary>
    public static readonly Regex Refuted = Made($@"\A[)\]"":.,]*\s*(?:{Any(
            "is", "was", "are", "ist", "would be", "seems?", "looks?", "can(?:not|'t|not be)?", "could",
            "must", "does")}"
        + $@"\s*(?:be\s+)?{Any("definitely", "clearly", "also", "only", "just", "simply", "therefore",
            "an?", "the")}?\s*)?{Any(
            @"not\b(?!\s+(?:option\s+)?\(?(?-i:[A-Z])(?![A-Za-z]))", "nicht",
            "falsch", @"n't\b", "isn't", "isn’t", "wasn't",
            "cannot", "can't", "doesn't", "does not", "wrong", "incorrect",
            @"false\b", "invalid", "impossible", "ruled out", "eliminated", "excluded", @"out\b", "tempting",
            "(?:common )?(?:mistake|trap|distractor)", "(?:is )?the runner-up",
            "comes (?:close|near|second|next)", "follows (?:with|close|closely|behind|next)",
            @"too \w+", @"close\b")}");

    /// <summary>Behind the first of several letters: "A, B and C are wrong".</summary>
    public static readonly Regex AllRefuted = Made(@"\A[)\]]?(?:\s*(?:,|and|or|nor|&)\s*(?:and\s+|or\s+)?[(\[]?[A-Z]"
        + $@"[)\]]?)+\s+(?:are|can|could|do|were|must|have)\s*(?:be\s+|been\s+|all\s+|both\s+|each\s+)*{Any(
            @"not\b", "n't", "wrong", "incorrect", "false", @"out\b", "ruled", "eliminated", "excluded", "impossible",
            "invalid")}", cased: true);

    /// <summary>"Answer A is a half-truth": a remark on an answer, which names none.</summary>
    public static readonly Regex Remark = Made(@"\A[)\]]?\s+(?:is|was|has|looks|seems)\s+(?!(?:the|also|indeed|clearly"
        + @"|therefore|thus|definitely|obviously|most|best|right|correct|true|valid|my|our|what)\b)");

    /// <summary>Before a statement with "would": what it would be in another case.</summary>
    public static readonly Regex Otherwise = Made(
        @"(?:\A|[.!?\n]\s+)(?:but\s+)?(?:if|had|were)\s+(?!(?:I|you|we)\s+(?:had|have|must|were)\b)"
        + @"[^.!?\n]*,\s*(?:the\s+(?:\w+\s+)?)?\z");

    /// <summary>Before a statement, in its clause: it is only supposed, or denied.</summary>
    public static readonly Regex Supposing = Made($@"\b{Any(
        "if", "might", "may", "maybe", "perhaps", "could",
        @"(?<!\bI )would (?:say|think|choose|pick)", "(?:some|many|most|others|people) would", "mistake",
        "mistaken", @"tempt\w*",
        "trap", "at first", "initially", "someone", "some (?:may|might|people|students)", "students", "rather than",
        "instead of", "don't", "do not", "not", "never", "cannot", "can't", "unless", "suppose", "assume", "why",
        "whether",
        "wrongly", "unlikely")}\b");

    /// <summary>A word from which on the clause says what holds.</summary>
    public static readonly Regex Turn = Made(
        $@"\b{Any("but", "however", "so", "therefore", "thus", "hence", "then")}\b");

    private static string Any(params string[] words) =>
        "(?:" + string.Join('|', words).Replace(" ", @"\s+", StringComparison.Ordinal) + ")";

    private static Regex Made(string pattern, bool cased = false) =>
        new(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled
            | (cased ? RegexOptions.None : RegexOptions.IgnoreCase));
}
