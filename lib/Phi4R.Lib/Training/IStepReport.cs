namespace Phi4R.Training;

/// <summary>What the reports of all kinds of training steps tell.</summary>
public interface IStepReport
{
    /// <summary>Updates of this step that changed nothing, since their gradient was not finite.</summary>
    int Skipped { get; }
}
