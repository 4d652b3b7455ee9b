using Phi4R.Text;

namespace Phi4R.Checkpoints;

/// <summary>A tokenizer as a GGUF file holds it.</summary>
/// <remarks>
/// Source: ggml's docs/gguf.md and llama.cpp's reader of it (MIT): byte-pair merging ("gpt2") with a named way of
/// splitting text before it, and for each token whether it is text, a control token, or a text that is looked for
/// before all else ("user defined").
/// </remarks>
internal sealed record GgufVocabulary
{
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;

    /// <summary>What is in it, for a person.</summary>
    public required string Description { get; init; }

    /// <summary>How text is split before merging.</summary>
    public required string Split { get; init; }

    /// <summary>Every row's text.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Every row's kind.</summary>
    public required IReadOnlyList<int> Kinds { get; init; }

    /// <summary>Pairs that are joined, the first one first.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    /// <summary>The vocabulary of a model.</summary>
    /// <param name="tokenizer">Null where none is known: then a token's text is its number, such as &lt;17&gt;.</param>
    /// <param name="rows">Of the embedding.</param>
    /// <param name="stopIds">Which end an answer.</param>
    public static GgufVocabulary Of(ITokenizer? tokenizer, int rows, IReadOnlyList<int> stopIds) => tokenizer switch
    {
        Phi4MiniTokenizer => Released(),
        PocketTokenizer pocket => Made("the pocket's 80 tokens; text goes in as here, and comes out without the spaces "
            + "that stand between words here", rows, id => pocket.Decode([id]),
            text => text.StartsWith("<|", StringComparison.Ordinal)),
        _ => Made("a number for each token, such as <17>: the model has no tokenizer that is known here", rows,
            id => $"<{id}>", text => stopIds.Any(id => text == $"<{id}>")),
    };

    private static GgufVocabulary Released()
    {
        var vocabulary = O200kVocabulary.Shared;
        var rows = new Phi4MiniTokenizer().VocabularySize;
        var (texts, kinds) = (new string[rows], new int[rows]);
        for (var id = 0; id < rows; id++)
        {
            (texts[id], kinds[id]) = id < O200kVocabulary.Size
                ? (ByteLevel.Text(vocabulary[id]), Normal)
                : ($"[PAD{id}]", Unused);
        }

        foreach (var token in Phi4MiniTokenizer.ControlTokens)
        {
            (texts[token.Id], kinds[token.Id]) = (token.Text, Control);
        }

        return new GgufVocabulary
        {
            Description = "the tokenizer of Phi-4-mini",
            Split = "gpt-4o",
            Texts = texts,
            Kinds = kinds,
            Merges = [.. TokenizerExport.Merges(vocabulary)],
        };
    }

    // Nothing is merged: every token is looked for as a whole, the longest first, and what is none is dropped.
    private static GgufVocabulary Made(string description, int rows, Func<int, string> text, Func<string, bool> control)
    {
        string[] texts = [.. Enumerable.Range(0, rows).Select(text)];
        return new GgufVocabulary
        {
            Description = description,
            Split = "default",
            Texts = texts,
            Kinds = [.. texts.Select(each => control(each) ? Control : UserDefined)],
            Merges = [],
        };
    }
}
