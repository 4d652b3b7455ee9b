namespace Phi4R.Data.Import;

/// <summary>Problems out of a file, and which file that was.</summary>
/// <param name="Set">The problems in the file's order.</param>
/// <param name="File">Where it lay.</param>
/// <param name="Sha256">Of the whole file, in small hexadecimal digits.</param>
/// <param name="License">As the source states it; null where it states none.</param>
public sealed record LoadedProblems(ProblemSet Set, string File, string Sha256, string? License)
{
    /// <summary>
    /// Records that are no problems, by what they lack, such as an answer; none where the reader was to refuse them.
    /// </summary>
    public IReadOnlyList<(string Why, long Count, string First)> LeftOut { get; init; } = [];
}
