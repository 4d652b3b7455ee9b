using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>Which pocket problems are drawn, and how often.</summary>
public sealed record ProblemMix
{
    /// <summary>Weight of levels 1 to 5, in this order.</summary>
    public required IReadOnlyList<double> LevelWeights { get; init => field = Require.Weights(value, count: 5); }

    /// <summary>Share of problems asked with four options.</summary>
    public required double FourChoiceShare { get; init => field = Require.Fraction(value); }

    /// <summary>Families, each as likely as the next; all of them by default.</summary>
    public IReadOnlyList<PocketFamily> Families
    {
        get;
        init => field = value.Count > 0 ? value : throw new ArgumentException("Families is empty; name at least one.");
    } = Enum.GetValues<PocketFamily>();
}
