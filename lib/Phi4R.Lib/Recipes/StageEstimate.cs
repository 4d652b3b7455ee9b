namespace Phi4R.Recipes;

/// <summary>What a stage is expected to cost and to gain.</summary>
/// <param name="Tokens">Learned or sampled, in millions.</param>
/// <param name="Hours">On one H100 of 80 GB.</param>
/// <param name="DeviceGigabytes">Memory of the card.</param>
/// <param name="Gain">
/// Points on MATH-500 as the paper has them at 128 cards and with all its data: a bound from above, not a forecast.
/// </param>
/// <param name="Of">What the tokens are those of.</param>
public sealed record StageEstimate(double Tokens, double Hours, double DeviceGigabytes, double? Gain, string Of);
