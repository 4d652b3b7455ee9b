using System.Buffers;
using System.Text;

namespace Phi4R.Text;

/// <summary>The 80 tokens of the pocket problems: single digits, signs, whole words, and the marks of a chat.</summary>
/// <remarks>
/// A stand-in for what byte-pair merging with single digits arrives at on this text. Spaces are not tokens:
/// <see cref="Encode"/> drops them and <see cref="Decode"/> puts them where they read well, so text is rebuilt up to
/// its spaces and ids are rebuilt exactly. As in Phi-4-mini, &lt;think&gt; is plain text and only the marks of the chat
/// are control tokens.
/// </remarks>
public sealed class PocketTokenizer : ITokenizer
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"];
    private static readonly string[] Tags = ["<think>", "</think>", @"\boxed{", "}"];
    private const string Digits = "0123456789";
    private const string Signs = "+-*/=(),;?";

    // By where a word is needed first: the six families, the four-choice form, the teacher.
    private static readonly string[] Words =
    [
        "x", "compute", "what", "is",
        "let", "do", "times", "mod",
        "if", "then", "gives", "find",
        "sequence", "go", "more", "ahead",
        "tom", "sam", "anna", "has", "had", "pens", "cups", "books", "buys", "finds", "loses", "bags", "of", "how",
        "many", "left",
        "take", "start", "it", "result",
        "one",
        "so", "now", "next", "wait", "check", "ok",
    ];

    // Rows up to a multiple of 16, writable as control tokens so that whatever a model draws can be shown and read
    // back.
    private const int Size = 80;

    private static readonly SearchValues<char> Letters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly string[] _texts;
    private readonly Kind[] _kinds;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;

    public PocketTokenizer()
    {
        List<(string Text, Kind Kind)> tokens =
        [
            .. Controls.Select(text => (text, Kind.Control)),
            .. Tags.Select(text => (text, Kind.Tag)),
            .. Digits.Select(digit => (digit.ToString(), Kind.Digit)),
            .. Signs.Select(sign => (sign.ToString(), KindOf(sign))),
            .. Words.Select(word => (word, word == "x" ? Kind.Unknown : Kind.Word)),
        ];
        while (tokens.Count < Size)
        {
            tokens.Add(($"<|unused{tokens.Count}|>", Kind.Control));
        }

        _texts = [.. tokens.Select(token => token.Text)];
        _kinds = [.. tokens.Select(token => token.Kind)];
        _ids = tokens.Index().ToDictionary(token => token.Item.Text, token => token.Index);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        EndOfText = _ids["<|endoftext|>"];
        StopIds = [_ids["<|end|>"], EndOfText];
    }

    // What stands on either side decides whether a space goes between.
    private enum Kind
    {
        Control,
        Tag,
        Digit,
        Unknown,
        Sign,
        Opening,
        Closing,
        Comma,
        Semicolon,
        QuestionMark,
        Word,
    }

    /// <inheritdoc/>
    public int VocabularySize => Size;

    /// <inheritdoc/>
    public int EndOfText { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds { get; }

    /// <inheritdoc/>
    public int[] Encode(string text, bool special = false)
    {
        var ids = new List<int>(text.Length);
        var rest = text.AsSpan();
        while (!(rest = rest.TrimStart()).IsEmpty)
        {
            var length = PieceLength(rest);
            if (!_idsBySpan.TryGetValue(rest[..length], out var id))
            {
                throw new ArgumentException($"The pocket vocabulary cannot write \"{rest[..length]}\" in \"{text}\". "
                    + $"It has single digits, the signs {Signs} and {Words.Length} lower-case words.");
            }

            if (!special && _kinds[id] == Kind.Control)
            {
                throw new ArgumentException($"The pocket vocabulary cannot write \"{_texts[id]}\" as plain text in "
                    + $"\"{text}\": it is a control token, "
                    + "which only a template may write (special: true).");
            }

            ids.Add(id);
            rest = rest[length..];
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An id is not within the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] is < 0 or >= Size)
            {
                throw new ArgumentException($"Token {i} has id {ids[i]}; the pocket vocabulary has ids 0 to "
                    + $"{Size - 1}.");
            }

            if (i > 0 && SpaceBetween(_kinds[ids[i - 1]], _kinds[ids[i]]))
            {
                text.Append(' ');
            }

            text.Append(_texts[ids[i]]);
        }

        return text.ToString();
    }

    // A run of letters, a mark with its brackets, or one character.
    private static int PieceLength(ReadOnlySpan<char> rest)
    {
        if (char.IsAsciiLetter(rest[0]))
        {
            var end = rest.IndexOfAnyExcept(Letters);
            return end < 0 ? rest.Length : end;
        }

        var close = rest[0] switch
        {
            '<' => rest.IndexOf('>'),
            '\\' => rest.IndexOf('{'),
            _ => -1,
        };
        return close < 0 ? 1 : close + 1;
    }

    // Never a space inside a number or a formula; always one where two words would run together.
    private static bool SpaceBetween(Kind left, Kind right) => (left, right) switch
    {
        (Kind.Control, _) or (_, Kind.Control) => false,
        (Kind.Semicolon or Kind.QuestionMark, _) => true,
        (Kind.Word, Kind.Word or Kind.Digit or Kind.Unknown or Kind.Sign or Kind.Opening or Kind.QuestionMark) => true,
        (Kind.Digit or Kind.Unknown or Kind.Closing, Kind.Word or Kind.QuestionMark) => true,
        (Kind.Unknown, Kind.Unknown) => true,
        _ => false,
    };

    private static Kind KindOf(char sign) => sign switch
    {
        '(' => Kind.Opening,
        ')' => Kind.Closing,
        ',' => Kind.Comma,
        ';' => Kind.Semicolon,
        '?' => Kind.QuestionMark,
        _ => Kind.Sign,
    };
}
