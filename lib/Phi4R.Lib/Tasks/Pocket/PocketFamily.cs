namespace Phi4R.Tasks.Pocket;

/// <summary>A kind of pocket problem; each is one domain label.</summary>
public enum PocketFamily
{
    Arithmetic,
    NumberTheory,
    Algebra,
    Sequences,
    WordProblems,
    Fractions,
}
