namespace Phi4R.Cli;

/// <summary>Text that comes in pieces, in which marks are looked for that may be split between them.</summary>
internal static class StopSequenceBuffer
{
    /// <summary>How much of a text is certain: all before where one of the marks may have begun.</summary>
    public static int Certain(string text, IReadOnlyList<string> marks)
    {
        var at = Math.Max(0, text.Length - marks.Select(mark => mark.Length).DefaultIfEmpty().Max());
        while (at < text.Length && !MayBegin(text.AsSpan(at), marks))
        {
            at++;
        }

        return at;
    }

    private static bool MayBegin(ReadOnlySpan<char> end, IReadOnlyList<string> marks)
    {
        foreach (var mark in marks)
        {
            if (mark.AsSpan().StartsWith(end))
            {
                return true;
            }
        }

        return false;
    }
}
