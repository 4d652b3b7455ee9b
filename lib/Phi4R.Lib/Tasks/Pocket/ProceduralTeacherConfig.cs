using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>How the procedural teacher writes, and how often it errs.</summary>
public sealed record ProceduralTeacherConfig
{
    /// <summary>Weight of answers of bare steps.</summary>
    public required double TerseWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>Weight of answers with a word before each step: so, then, now, next.</summary>
    public required double LeadWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>Weight of answers that say the last step again as a check.</summary>
    public required double CheckWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>Chance that a step's result is wrong; what follows goes on from it.</summary>
    public required double SlipRate { get; init => field = Require.Fraction(value); }

    /// <summary>Chance that a slip is noticed: the step is done again, after "wait".</summary>
    public required double NoticeRate { get; init => field = Require.Fraction(value); }

    /// <summary>Chance that a step is left out.</summary>
    public required double SkipRate { get; init => field = Require.Fraction(value); }

    /// <summary>Chance that an answer is truncated within a step, and has no box.</summary>
    public required double TruncationRate { get; init => field = Require.Fraction(value); }

    /// <summary>Chance that a step is written 2 to 6 times; from 4 times on the answer never comes.</summary>
    public required double RepetitionRate { get; init => field = Require.Fraction(value); }

    /// <summary>The teacher of mid-training: all styles. Rates of the pocket recipe, ours.</summary>
    public static ProceduralTeacherConfig Diverse { get; } = new()
    {
        TerseWeight = 0.55,
        LeadWeight = 0.25,
        CheckWeight = 0.20,
        SlipRate = 0.05,
        NoticeRate = 0.30,
        SkipRate = 0.015,
        TruncationRate = 0.04,
        RepetitionRate = 0.05,
    };

    /// <summary>The teacher of fine-tuning: errs as often, but is brief and does not repeat itself.</summary>
    public static ProceduralTeacherConfig Concise { get; } = Diverse with
    {
        TerseWeight = 0.85,
        LeadWeight = 0,
        CheckWeight = 0.15,
        RepetitionRate = 0,
    };
}
