namespace Phi4R.Show;

/// <summary>A map of the recipe with one stage lit.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class RecipeMap : IFigure
{
    private static readonly (string Number, string Name, string Purpose, string Gives)[] Stages =
    [
        ("01", "Data distillation", "a teacher answers,|a verifier rejects", "verified rollouts"),
        ("02", "Mid-training", "packed long chains|of thought", "a model that reasons"),
        ("03", "SFT", "a harder subset,|unpacked: stops", "a model that stops"),
        ("04", "Rollout-DPO", "right before wrong|rollouts", "a model that prefers"),
        ("05", "RLVR", "a verifiable reward,|three stabilizers", "the final model"),
        ("06", "Evaluation", "pass@1, with how|sure it is", ""),
    ];

    private readonly int _current;

    private RecipeMap(int current) => _current = current;

    public string AltText => $"The recipe in six stages: {string.Join(", ", Stages.Select(stage => stage.Name))}. This is stage {_current + 1}, {Stages[_current].Name}.";

    /// <summary>The map.</summary>
    /// <param name="stage">1 to 6.</param>
    public static RecipeMap Draw(int stage) => stage >= 1 && stage <= Stages.Length
        ? new RecipeMap(stage - 1)
        : throw new ArgumentException($"There is no stage {stage}; there are 1 to {Stages.Length}.");

    public string ToHtml()
    {
        const int Box = 132;
        const int Gap = 28;
        var picture = new Svg(14 + (Stages.Length * (Box + Gap)) - Gap + 14, 128);
        for (var i = 0; i < Stages.Length; i++)
        {
            var (x, lit) = (14 + (i * (Box + Gap)), i == _current);
            picture.Rectangle(x, 18, Box, 72, lit ? Svg.Colors[0] : "#eef1f4", stroke: lit ? Svg.Colors[0] : "#c9d0d7", radius: 7);
            picture.Text(x + 9, 36, Stages[i].Number, lit ? "#ffffff" : Svg.Faint, 11);
            picture.Text(x + 9, 53, Stages[i].Name, lit ? "#ffffff" : Svg.Ink, 13, bold: true);
            var purpose = Stages[i].Purpose.Split('|');
            picture.Text(x + 9, 69, purpose[0], lit ? "#e8f2fa" : Svg.Faint, 11);
            picture.Text(x + 9, 82, purpose[1], lit ? "#e8f2fa" : Svg.Faint, 11);
            if (i < Stages.Length - 1)
            {
                var (from, to) = (x + Box + 3, x + Box + Gap - 3);
                picture.Line(from, 54, to - 5, 54, Svg.Faint, 1.6);
                picture.Area([(to, 54), (to - 7, 49.5), (to - 7, 58.5)], Svg.Faint, 1);
                picture.Text(x + Box + (Gap / 2), 108, Stages[i].Gives, Svg.Faint, 11, "middle");
            }
        }

        return picture.Image(AltText);
    }
}
