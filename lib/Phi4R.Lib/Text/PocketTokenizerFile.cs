namespace Phi4R.Text;

/// <summary>
/// The pocket's tokenizer in the words of tokenizer.json, so that other programs read and write its ids.
/// </summary>
/// <remarks>
/// A word level over what a pattern finds: letters, a mark with its brackets, or one character; spaces are dropped. The
/// decoder puts a space everywhere and takes away those that <see cref="PocketTokenizer.Decode"/> would not write.
/// Words that the vocabulary lacks become <see cref="Unknown"/>, where the tokenizer here refuses them.
/// </remarks>
internal static class PocketTokenizerFile
{
    /// <summary>A token that no text of the pocket has.</summary>
    public const string Unknown = "<|unused79|>";

    // What PocketTokenizer.PieceLength finds.
    private const string Piece = @"<[^>]*>|\\[^{]*\{|[A-Za-z]+|.";

    // The spaces that PocketTokenizer.SpaceBetween does not write, by the characters on either side. No word begins or
    // ends with the letter x but x itself.
    private const string NoSpace = @"(?<=[;?]) (?=<\|)|(?<=[a-wyz]) (?![a-z0-9+\-*/=(?])|(?<=[0-9)]) (?![a-wyz?])"
        + "|(?<=x) (?![a-z?])|(?<![;?a-z0-9)]) ";

    private static readonly PocketTokenizer Tokenizer = new();

    /// <summary>Every token's text, by its id.</summary>
    public static IReadOnlyList<string> Texts { get; } =
        [.. Enumerable.Range(0, Tokenizer.VocabularySize).Select(id => Tokenizer.Decode([id]))];

    /// <summary>Tokens that only a template may write.</summary>
    public static IEnumerable<ControlToken> Controls => Texts.Index()
        .Where(token => token.Item.StartsWith("<|", StringComparison.Ordinal))
        .Select(token => new ControlToken(token.Index, token.Item, SwallowsSpace: false, IsHidden: true));

    /// <summary>How text becomes tokens and tokens become text.</summary>
    public static Dictionary<string, object?> Parts() => new()
    {
        ["pre_tokenizer"] = new
        {
            type = "Sequence",
            pretokenizers = new[] { Split(@"\s+", "Removed"), Split(Piece, "Isolated") },
        },
        ["post_processor"] = null,
        ["decoder"] = new
        {
            type = "Sequence",
            decoders = new object[]
            {
                new { type = "WordPiece", prefix = "##", cleanup = false },
                new { type = "Fuse" },
                new { type = "Replace", pattern = new { Regex = NoSpace }, content = "" },
            },
        },
        ["model"] = new Dictionary<string, object?>
        {
            ["type"] = "WordLevel",
            ["vocab"] = Texts.Index().ToDictionary(token => token.Item, token => token.Index),
            ["unk_token"] = Unknown,
        },
    };

    private static object Split(string pattern, string behavior) =>
        new { type = "Split", pattern = new { Regex = pattern }, behavior, invert = false };
}
