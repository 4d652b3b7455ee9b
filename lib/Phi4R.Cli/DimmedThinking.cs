using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>
/// A model's thinking dimmed, as a terminal writes it. The marks around it are several tokens of the released
/// vocabulary, so they come in pieces.
/// </summary>
internal sealed class DimmedThinking
{
    private const string Open = "<think>";
    private const string Close = "</think>";
    private const string Dim = "\e[2m";
    private const string Bright = "\e[22m";

    private string _held = "";

    /// <summary>Takes a piece of text.</summary>
    /// <returns>What can be shown now.</returns>
    public string Add(string piece)
    {
        _held += piece;
        return Shown(StopSequences.Certain(_held, [Open, Close]));
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back, and back to bright.</returns>
    public string End() => Shown(_held.Length) + Bright;

    private string Shown(int certain)
    {
        var shown = _held[..certain];
        _held = _held[certain..];
        return shown.Replace(Open, Dim + Open, StringComparison.Ordinal)
            .Replace(Close, Close + Bright, StringComparison.Ordinal);
    }
}
