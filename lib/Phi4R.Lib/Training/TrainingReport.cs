using System.Text.Json.Serialization;

namespace Phi4R.Training;

/// <summary>One step of next-token training.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Steps">In all.</param>
/// <param name="Loss">Mean over the step's learned tokens, in nats.</param>
/// <param name="GradientNorm">Before clipping; not finite where the step was skipped.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Tokens">Fed in this step, padding not counted.</param>
/// <param name="Learned">Of them in the loss.</param>
/// <param name="Padding">Places that were filled up.</param>
/// <param name="Seconds">That the step took.</param>
/// <param name="Skipped">1 where the gradient was not finite, so that the step changed nothing.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record TrainingReport(
    int Step, int Steps, double Loss, double GradientNorm, double LearningRate, int Tokens, int Learned, int Padding, double Seconds, int Skipped = 0) : IStepReport;
