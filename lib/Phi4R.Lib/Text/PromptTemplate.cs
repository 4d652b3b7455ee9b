using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Text;

/// <summary>
/// A prompt as a file, with places such as {question} that are filled for each request, so that what a model is asked
/// can be read and replaced.
/// </summary>
public sealed partial class PromptTemplate
{
    private readonly string[] _places;

    private PromptTemplate(string text, string[] places) => (Text, _places) = (text, places);

    /// <summary>The text before its places are filled.</summary>
    public string Text { get; }

    /// <summary>Asks a teacher for a worked solution; its place is {question}.</summary>
    public static PromptTemplate Teacher { get; } = Shipped("teacher", "question");

    /// <summary>
    /// Asks a judge whether a completion's answer is the reference; its places are {question}, {answer} and
    /// {completion}.
    /// </summary>
    public static PromptTemplate Judge { get; } = Shipped("judge", "question", "answer", "completion");

    /// <summary>Asks for a problem's domain and level; its place is {question}.</summary>
    public static PromptTemplate Label { get; } = Shipped("label", "question");

    /// <summary>Reads a prompt of one's own that stands in for this one, with the same places.</summary>
    /// <exception cref="InvalidDataException">
    /// A place is missing from the file; the message names the file and the place.
    /// </exception>
    public PromptTemplate FromFile(string path)
    {
        var text = File.ReadAllText(OrdinaryFile.Checked(path));
        return _places.FirstOrDefault(place => !text.Contains($"{{{place}}}", StringComparison.Ordinal)) is { } missing
            ? throw new InvalidDataException($"{path} has no {{{missing}}}; expected was a prompt with the places "
                + $"{string.Join(", ", _places.Select(place => $"{{{place}}}"))}, which are filled for each request.")
            : WithText(text.TrimEnd());
    }

    /// <summary>The same places in another text.</summary>
    internal PromptTemplate WithText(string text) => new(text, _places);

    /// <summary>Fills the places in one pass, so that a value which looks like a place stays as it is.</summary>
    /// <param name="values">Of the places, in the order in which they are named above.</param>
    internal string Fill(params string[] values) => Place().Replace(Text, match =>
        Array.IndexOf(_places, match.Groups[1].Value) is >= 0 and var at ? values[at] : match.Value);

    private static PromptTemplate Shipped(string name, params string[] places)
    {
        using var stream = typeof(PromptTemplate).Assembly.GetManifestResourceStream($"prompts/{name}.txt")!;
        using var reader = new StreamReader(stream);
        return new PromptTemplate(reader.ReadToEnd().TrimEnd(), places);
    }

    [GeneratedRegex(@"\{([a-z]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
