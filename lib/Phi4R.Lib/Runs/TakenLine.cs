using System.Globalization;

namespace Phi4R.Runs;

/// <summary>The line of a log that says that a finished stage was taken as it stands.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Folder">The name of its folder.</param>
/// <param name="Seconds">What making it took.</param>
internal sealed record TakenLine(string Stage, string Folder, double Seconds)
{
    private const string Unchanged = ": settings and inputs have not changed; taken from ";
    private const string Took = " (it took ";
    private const string End = " s to make).";

    /// <summary>The stage that a line of a log is about; null for any other line.</summary>
    public static TakenLine? Read(string line)
    {
        var (middle, took) = (line.IndexOf(Unchanged, StringComparison.Ordinal),
            line.LastIndexOf(Took, StringComparison.Ordinal));
        return middle > 0 && took > middle && line.EndsWith(End, StringComparison.Ordinal)
            && double.TryParse(line.AsSpan(took + Took.Length)[..^End.Length], CultureInfo.InvariantCulture,
                out var seconds)
            ? new TakenLine(line[..middle], line[(middle + Unchanged.Length)..took], seconds)
            : null;
    }

    /// <summary>The line of the log.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Stage}{Unchanged}{Folder}{Took}{Seconds:F1}{End}");
}
