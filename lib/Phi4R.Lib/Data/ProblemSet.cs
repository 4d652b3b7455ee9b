namespace Phi4R.Data;

/// <summary>Problems under a name, such as a benchmark.</summary>
public sealed record ProblemSet(string Name, IReadOnlyList<Problem> Problems);
