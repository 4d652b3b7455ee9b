namespace Phi4R.Recipes;

/// <summary>How surely a number of the paper's recipe is known.</summary>
public enum Certainty
{
    /// <summary>Read in a text of the authors.</summary>
    Published,

    /// <summary>Told by others who read the paper.</summary>
    SecondHand,

    /// <summary>Follows by arithmetic from numbers that are known.</summary>
    Derived,

    /// <summary>Published nowhere that we know; chosen here.</summary>
    Ours,
}
