namespace Phi4R.Model;

/// <summary>Which of LongRoPE's two lists of factors a forward pass uses.</summary>
/// <remarks>
/// A model's rollouts, training and evaluation must share one policy: the lists rotate the same position by different
/// angles.
/// </remarks>
public enum RopePolicy
{
    /// <summary>
    /// The reference rule: the whole pass takes the long list as soon as its largest position reaches the original
    /// length.
    /// </summary>
    ByLength,

    /// <summary>The long list at every length: for stages whose sequences exceed the original length.</summary>
    AlwaysLong,
}
