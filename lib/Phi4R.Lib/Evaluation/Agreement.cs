namespace Phi4R.Evaluation;

/// <summary>What a measurement says of a published number.</summary>
public enum Agreement
{
    /// <summary>Chance alone explains the difference, and could explain none beyond the margin.</summary>
    Agrees,

    /// <summary>The two differ by more than chance explains.</summary>
    Differs,

    /// <summary>Chance alone explains the difference, but could explain one beyond the margin too.</summary>
    Undecided,
}
