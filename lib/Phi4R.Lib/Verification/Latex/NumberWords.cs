using System.Globalization;
using System.Numerics;

namespace Phi4R.Verification.Latex;

/// <summary>Numbers that are written in English words.</summary>
internal static class NumberWords
{
    private static readonly string[] Small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
        "eighty", "ninety"];

    private static readonly Dictionary<string, int> Scales = new()
    {
        ["hundred"] = 2,
        ["thousand"] = 3,
        ["million"] = 6,
        ["billion"] = 9,
        ["trillion"] = 12,
    };

    // Words that stand for a number and for nothing that is counted.
    private static readonly Dictionary<string, BigInteger> Counts = new()
    {
        ["dozen"] = 12,
        ["dozens"] = 12,
        ["score"] = 20,
        ["gross"] = 144,
        ["grand"] = 1000,
        ["myriad"] = 10_000,
        ["lakh"] = 100_000,
        ["lakhs"] = 100_000,
        ["lac"] = 100_000,
        ["crore"] = 10_000_000,
        ["crores"] = 10_000_000,
        ["tens"] = 10,
        ["quadrillion"] = BigInteger.Pow(10, 15),
        ["quintillion"] = BigInteger.Pow(10, 18),
        ["sextillion"] = BigInteger.Pow(10, 21),
        ["septillion"] = BigInteger.Pow(10, 24),
        ["octillion"] = BigInteger.Pow(10, 27),
        ["googol"] = BigInteger.Pow(10, 100),
    };

    private static readonly Dictionary<string, int> Shares = ((string Word, int Parts)[])
    [
        ("third", 3), ("quarter", 4), ("fourth", 4), ("fifth", 5), ("sixth", 6), ("seventh", 7), ("eighth", 8),
        ("ninth", 9), ("tenth", 10), ("eleventh", 11), ("twelfth", 12), ("thirteenth", 13), ("fifteenth", 15),
        ("sixteenth", 16), ("twentieth", 20), ("twenty-fifth", 25), ("fiftieth", 50), ("hundredth", 100),
        ("thousandth", 1000), ("ten-thousandth", 10_000), ("millionth", 1_000_000),
    ]
        is var table ? table.SelectMany(row => ((string, int)[])[(row.Word, row.Parts), (row.Word + "s", row.Parts)])
            .Append(("half", 2)).Append(("halves", 2)).ToDictionary() : [];

    private static readonly string[] Parts = ["", "", "half", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
        "ninth", "tenth"];

    /// <summary>What a word behind a number multiplies it by, as in "3 million"; null for other words.</summary>
    public static BigInteger? Scale(string word) => word.ToLowerInvariant() is var lower
        && Counts.TryGetValue(lower, out var count) ? count
        : Scales.TryGetValue(lower.TrimEnd('s'), out var zeros) ? BigInteger.Pow(10, zeros)
        : null;

    /// <summary>The parts that a word behind a whole number names, as in "3 tenths"; null for other words.</summary>
    public static int? Share(string word, bool isOne) => word.ToLowerInvariant() is var lower
        && (isOne || lower.EndsWith('s')) && Shares.TryGetValue(lower, out var share) ? share : null;

    /// <summary>
    /// A whole number in digits, or one below a hundred in words, "twenty-five"; null for other words.
    /// </summary>
    public static int? Whole(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var digits))
        {
            return digits;
        }

        return text.ToLowerInvariant().Split(' ', '-') switch
        {
            [var word] => Worth(word),
            [var tens, var ones] when Worth(tens) is >= 20 and var ten && Worth(ones) is >= 1 and < 10 and var one =>
                ten + one,
            _ => null,
        };
    }

    public static bool IsStart(string word) =>
        Worth(word.ToLowerInvariant()) is not null || word.Equals("half", StringComparison.OrdinalIgnoreCase);

    /// <summary>Puts numbers where their words stand.</summary>
    public static void Settle(List<Token> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind != TokenKind.Text || !IsStart(tokens[i].Text))
            {
                continue;
            }

            var (numerator, denominator, end) = Read(tokens, i);
            if (end == i)
            {
                continue;
            }

            tokens.RemoveRange(i, end - i);
            tokens.Insert(i, Number(numerator));
            if (!denominator.IsOne)
            {
                tokens.InsertRange(i + 1, [new Token(TokenKind.Sign, "/", false), Number(denominator)]);
            }
        }
    }

    private static Token Number(BigInteger value) =>
        new(TokenKind.Number, value.ToString(CultureInfo.InvariantCulture), true);

    private static (BigInteger Numerator, BigInteger Denominator, int End) Read(List<Token> tokens, int at)
    {
        if (Part(tokens[at]) == 2)
        {
            return (1, 2, at + 1);
        }

        var (total, group) = (BigInteger.Zero, BigInteger.Zero);
        var last = -1;
        var i = at;
        while (true)
        {
            var word = Word(tokens[i]);
            if (last >= 20 && tokens[i].Text == "-" && i + 1 < tokens.Count
                && Worth(Word(tokens[i + 1])) is > 0 and < 10)
            {
                i++;
            }
            else if (word is "and" && last == 100 && Worth(Word(tokens[i + 1])) is not null)
            {
                i++;
                last = 100;
            }
            else if (Worth(word) is { } worth
                && (last < 0 || last == 100 || (last is >= 20 and < 100 && worth < 10 && worth > 0)))
            {
                group += worth;
                last = worth;
                i++;
            }
            else if (i > at && Scales.TryGetValue(word, out var zeros))
            {
                if (zeros == 2)
                {
                    group *= 100;
                }
                else
                {
                    total += group * BigInteger.Pow(10, zeros);
                    group = 0;
                }

                last = 100;
                i++;
            }
            else
            {
                break;
            }
        }

        var whole = total + group;
        if (i > at && Word(tokens[i]) == "and" && i + 2 < tokens.Count && Word(tokens[i + 1]) is "a" or "one"
            && Part(tokens[i + 2]) is { } part)
        {
            return ((whole * part) + 1, part, i + 3);
        }

        var below = tokens[i].Text == "-" && i + 1 < tokens.Count ? i + 1 : i;
        return i > at && Part(tokens[below]) is { } denominator
            ? (whole, denominator, below + 1)
            : (whole, BigInteger.One, i);
    }

    private static string Word(Token token) =>
        token.Kind is TokenKind.Text or TokenKind.Word or TokenKind.Letter ? token.Text.ToLowerInvariant() : "";

    private static int? Worth(string word) => Array.IndexOf(Small, word) is >= 0 and var small ? small
        : word.Length > 0 && Array.IndexOf(Tens, word) is > 0 and var ten ? ten * 10 : null;

    private static int? Part(Token token) => token.Kind != TokenKind.Text ? null
        : token.Text.ToLowerInvariant() switch
        {
            "half" or "halves" => 2,
            "quarter" or "quarters" => 4,
            var word =>
            Array.IndexOf(Parts, word.TrimEnd('s')) is > 1 and var part ? part : null
        };
}
