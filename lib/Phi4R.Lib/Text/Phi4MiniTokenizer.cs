using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Phi4R.Text;

/// <summary>The tokenizer of the Phi-4-mini family: the vocabulary of o200k_base and twelve control tokens.</summary>
/// <remarks>
/// Source: microsoft/Phi-4-mini-instruct. The vocabulary is that of the O200kBase data package; how a text is cut and
/// joined is written here, since the package's own way depends on a cache, takes letters outside the basic plane for
/// signs and keeps the white space after control tokens. Half of a surrogate pair is encoded as U+FFFD, as the tiktoken
/// package does. Instances are immutable and share one vocabulary.
/// </remarks>
public sealed class Phi4MiniTokenizer : ITokenizer
{
    private const int Rows = 200_064;

    private static O200kVocabulary Vocabulary => O200kVocabulary.Shared;

    /// <summary>The control tokens.</summary>
    public static IReadOnlyList<ControlToken> ControlTokens { get; } =
    [
        new(199999, "<|endoftext|>", SwallowsSpace: false, IsHidden: true),
        new(200018, "<|endofprompt|>", SwallowsSpace: false, IsHidden: true),
        new(200019, "<|assistant|>", SwallowsSpace: true, IsHidden: true),
        new(200020, "<|end|>", SwallowsSpace: true, IsHidden: true),
        new(200021, "<|user|>", SwallowsSpace: true, IsHidden: true),
        new(200022, "<|system|>", SwallowsSpace: true, IsHidden: true),
        new(200023, "<|tool|>", SwallowsSpace: true, IsHidden: false),
        new(200024, "<|/tool|>", SwallowsSpace: true, IsHidden: false),
        new(200025, "<|tool_call|>", SwallowsSpace: true, IsHidden: false),
        new(200026, "<|/tool_call|>", SwallowsSpace: true, IsHidden: false),
        new(200027, "<|tool_response|>", SwallowsSpace: true, IsHidden: false),
        new(200028, "<|tag|>", SwallowsSpace: true, IsHidden: true),
    ];

    // As many as were ever at work at once; each knows the pieces that it met before.
    private static readonly ConcurrentBag<PieceEncoder> Idle = [];

    private static readonly (ControlToken Token, byte[] Bytes)[] Controls =
        [.. ControlTokens.Select(token => (token, Encoding.UTF8.GetBytes(token.Text)))];

    /// <inheritdoc/>
    public int VocabularySize => Rows;

    /// <inheritdoc/>
    public int EndOfText => 199999;

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds { get; } = [200020, 199999];

    /// <inheritdoc/>
    public string? System { get; init; }

    /// <inheritdoc/>
    /// <remarks>
    /// Any text can be written. With <paramref name="special"/>, white space after most control tokens is swallowed, as
    /// the released tokenizer does.
    /// </remarks>
    public int[] Encode(string text, bool special = false)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var encoder = Idle.TryTake(out var idle) ? idle : new PieceEncoder();
        try
        {
            ReadOnlySpan<byte> bytes = rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented));
            encoder.Clear();
            if (special)
            {
                WithControls(bytes, encoder);
            }
            else
            {
                encoder.Add(bytes);
            }

            return encoder.Ids.ToArray();
        }
        finally
        {
            Idle.Add(encoder);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The rows without a token (199998, 200000 to 200017 and 200029 to 200063) are no text, as in the released
    /// tokenizer; bytes that are no character become U+FFFD.
    /// </remarks>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var length = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            length += ids[i] is >= 0 and < Rows
                ? Of(ids[i]).Length
                : throw new ArgumentException($"Token {i} has id {ids[i]}; the vocabulary of Phi-4-mini has ids 0 to "
                    + $"{Rows - 1}.");
        }

        var bytes = new byte[length];
        var rest = bytes.AsSpan();
        foreach (var id in ids)
        {
            var token = Of(id);
            token.CopyTo(rest);
            rest = rest[token.Length..];
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <inheritdoc/>
    public byte[] Bytes(int id, int? previous = null) => id is >= 0 and < Rows
        ? Of(id).ToArray()
        : throw new ArgumentException($"There is no token {id}; the vocabulary of Phi-4-mini has ids 0 to {Rows - 1}.");

    private static void WithControls(ReadOnlySpan<byte> text, PieceEncoder encoder)
    {
        for (var at = 0; at < text.Length;)
        {
            var open = text[at..].IndexOf("<|"u8);
            if (open < 0)
            {
                break;
            }

            at += open;
            var found = Control(text[at..]);
            if (found < 0)
            {
                at++;
                continue;
            }

            encoder.Add(text[..at]);
            var (token, bytes) = Controls[found];
            encoder.Add(token.Id);
            text = text[(at + bytes.Length)..];
            text = token.SwallowsSpace ? text[Space(text)..] : text;
            at = 0;
        }

        encoder.Add(text);
    }

    // Which control token a text starts with; -1 for none. None is the start of another.
    private static int Control(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < Controls.Length; i++)
        {
            if (text.StartsWith(Controls[i].Bytes))
            {
                return i;
            }
        }

        return -1;
    }

    private static int Space(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && CharacterKinds.At(text, at, out var length) is CharacterKind.White
            or CharacterKind.LineEnd)
        {
            at += length;
        }

        return at;
    }

    private static ReadOnlySpan<byte> Of(int id)
    {
        if (id < O200kVocabulary.Size)
        {
            return Vocabulary[id];
        }

        foreach (var (token, bytes) in Controls)
        {
            if (token.Id == id)
            {
                return bytes;
            }
        }

        return [];
    }
}
