namespace Phi4R.Training;

/// <summary>What the reports of all kinds of training steps tell.</summary>
public interface IStepReport
{
    /// <summary>The number of the step, from 0.</summary>
    int Step { get; }

    /// <summary>How many steps the stage has.</summary>
    int Steps { get; }

    /// <summary>That the step took.</summary>
    double Seconds { get; }

    /// <summary>Updates of this step that changed nothing, since their gradient was not finite.</summary>
    int Skipped { get; }

    /// <summary>What a person should look at, or null.</summary>
    string? Warning => null;
}
