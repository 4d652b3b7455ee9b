using System.Text.Json.Serialization;

namespace Phi4R.Training;

/// <summary>One step of next-token training.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record TrainingReport : IStepReport
{
    /// <summary>From 0.</summary>
    public required int Step { get; init; }

    /// <summary>In all.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean over the step's tokens in the loss, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Before clipping; not finite where the step was skipped.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Of this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Fed in this step, padding not counted.</summary>
    public required int Tokens { get; init; }

    /// <summary>Of them in the loss.</summary>
    public required int LossTokens { get; init; }

    /// <summary>Places that were padded.</summary>
    public required int Padding { get; init; }

    /// <summary>That the step took.</summary>
    public required double Seconds { get; init; }

    /// <summary>1 where the gradient was not finite, so that the step changed nothing.</summary>
    public int Skipped { get; init; }
}
