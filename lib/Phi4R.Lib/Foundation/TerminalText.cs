using System.Globalization;
using System.Text;

namespace Phi4R.Foundation;

/// <summary>Text that somebody else wrote (a model, a server, a notebook), made fit for a terminal.</summary>
public static class TerminalText
{
    /// <summary>
    /// The text with every character that a terminal would obey rather than show spelled out, as <c>\u001b</c>: control
    /// characters other than line ends and tabs, and those that turn the direction of what follows.
    /// </summary>
    /// <param name="text">Any text, or a piece of one: each character is judged alone, but for a line end of
    /// two.</param>
    public static string Inert(string text)
    {
        if (!text.Any(IsObeyed))
        {
            return text;
        }

        var inert = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var isLineEnd = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            if (IsObeyed(text[i]) && !isLineEnd)
            {
                inert.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                inert.Append(text[i]);
            }
        }

        return inert.ToString();
    }

    // Embeddings, overrides and isolates: after one, a line can read otherwise than it is written.
    private static bool IsObeyed(char letter) =>
        (char.IsControl(letter) && letter is not ('\n' or '\t'))
        || letter is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
