namespace Phi4R.Tasks.Pocket;

/// <summary>What a problem may be used for; each problem, in whatever words, belongs to one.</summary>
public enum Split
{
    /// <summary>Learning.</summary>
    Training,

    /// <summary>Choosing hyperparameters.</summary>
    Validation,

    /// <summary>Reporting; never looked at while choosing.</summary>
    Benchmark,
}
