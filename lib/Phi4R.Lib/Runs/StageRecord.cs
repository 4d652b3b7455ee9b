using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>The finished result of a stage: a folder, and what it was made from.</summary>
/// <param name="Fingerprint">Of the stage's settings and of all that went into it.</param>
/// <param name="Seconds">That making it took, in all tries together.</param>
public sealed record StageRecord(string Stage, string Fingerprint, string Folder, double Seconds)
{
    /// <summary>Hash of the result's weights and data, by which the stages after it know it.</summary>
    public required string Content { get; init; }

    /// <summary>What the keys of the stages after it hold.</summary>
    internal string Named => $"{Stage} {Content}";

    /// <summary>What the stage left out, cut or skipped.</summary>
    public IReadOnlyList<LedgerLine> Ledger => ReadLines<LedgerLine>(StageStore.LedgerFile);

    /// <summary>A value of the result that was written as JSON.</summary>
    public T Read<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(Folder, file)), JsonFormat.Indented)!;

    /// <summary>Values of the result that were written one a line.</summary>
    public IReadOnlyList<T> ReadLines<T>(string file)
        where T : class => [.. JsonLines.Read<T>(Path.Combine(Folder, file))];
}
