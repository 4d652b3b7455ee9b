namespace Phi4R.Cli;

/// <summary>Text that comes in pieces, in which marks are looked for that may be split between them.</summary>
internal static class HeldText
{
    /// <summary>How much of a text is certain: all before where one of the marks may have begun.</summary>
    public static int Certain(string text, IReadOnlyList<string> marks) =>
        Enumerable.Range(0, text.Length).FirstOrDefault(at => marks.Any(mark => mark.StartsWith(text[at..], StringComparison.Ordinal)), text.Length);
}
