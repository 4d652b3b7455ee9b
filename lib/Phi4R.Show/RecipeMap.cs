namespace Phi4R.Show;

/// <summary>A map of the recipe with one stage lit.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class RecipeMap : IFigure
{
    private const int Box = 142;
    private const int Gap = 26;
    private const int Edge = 16;
    private const int Top = 34;
    private const int Tall = 84;

    private static readonly (string Name, string Purpose, string Gives)[] Stages =
    [
        ("Data distillation", "a teacher answers,|a verifier rejects", "verified rollouts"),
        ("Mid-training", "packed long chains|of thought", "a model that reasons"),
        ("SFT", "a harder subset,|one document a row", "a model that stops"),
        ("Rollout-DPO", "right answers before|wrong ones", "a model that prefers"),
        ("RLVR", "a verifiable reward,|three stabilizers", "the final model"),
        ("Evaluation", "pass@1, and how|sure that is", ""),
    ];

    private readonly int _current;

    private RecipeMap(int current) => _current = current;

    public string AltText => $"The recipe in six stages: {string.Join(", ", Stages.Select((stage, i) => $"{i + 1} {stage.Name}{(stage.Gives.Length > 0 ? $" (gives {stage.Gives})" : "")}"))}. The base model enters at stage 2. This is stage {_current + 1}, {Stages[_current].Name}.";

    /// <summary>The map.</summary>
    /// <param name="stage">1 to 6.</param>
    public static RecipeMap Draw(int stage) => stage >= 1 && stage <= Stages.Length
        ? new RecipeMap(stage - 1)
        : throw new ArgumentException($"There is no stage {stage}; there are 1 to {Stages.Length}.");

    public string ToHtml()
    {
        var picture = new Svg((2 * Edge) + (Stages.Length * (Box + Gap)) - Gap, 172);
        for (var i = 0; i < Stages.Length; i++)
        {
            var x = Edge + (i * (Box + Gap));
            Stage(picture, i, x);
            if (i < Stages.Length - 1)
            {
                Handing(picture, x + Box, Stages[i].Gives, i % 2 == 0 ? 140 : 158, walked: i < _current);
            }
        }

        // The base model comes in from above.
        var entry = Edge + Box + Gap + (Box / 2.0);
        picture.Text(entry, 14, "base model", Palette.Faint, 11, "middle");
        picture.Line(entry, 18, entry, Top - 6, Palette.Faint, 1.5);
        picture.Area([(entry, Top - 2), (entry - 4.5, Top - 9), (entry + 4.5, Top - 9)], Palette.Faint);
        return picture.Image(AltText);
    }

    private void Stage(Svg picture, int i, int x)
    {
        var (lit, done) = (i == _current, i < _current);
        var (fill, line) = lit ? (Palette.Series[0], Palette.Series[0]) : done ? (Palette.Tint, Palette.Series[0]) : (Palette.Panel, Palette.Grid);
        var (strong, soft) = lit ? (Palette.OnColor, Palette.OnColor) : (Palette.Ink, Palette.Faint);
        if (lit)
        {
            picture.Rectangle(x - 4, Top - 4, Box + 8, Tall + 8, Palette.Series[0], 0.22, radius: 12);
        }

        picture.Rectangle(x, Top, Box, Tall, fill, stroke: line, radius: 9);
        picture.Text(x + 11, Top + 19, done ? $"0{i + 1} ✓" : lit ? $"0{i + 1} · you are here" : $"0{i + 1}", soft, 11, bold: lit);
        picture.Text(x + 11, Top + 39, Stages[i].Name, strong, 14, bold: true);
        foreach (var (k, words) in Stages[i].Purpose.Split('|').Index())
        {
            picture.Text(x + 11, Top + 57 + (14 * k), words, soft, 11);
        }
    }

    private static void Handing(Svg picture, int x, string gives, int label, bool walked)
    {
        var (color, y, middle) = (walked ? Palette.Series[0] : Palette.Faint, Top + (Tall / 2.0), x + (Gap / 2.0));
        picture.Line(x + 5, y, x + Gap - 9, y, color, 2);
        picture.Area([(x + Gap - 5, y), (x + Gap - 13, y - 5), (x + Gap - 13, y + 5)], color);
        picture.Line(middle, y + 6, middle, label - 12, Palette.Faint, 1, "2 3");
        picture.Text(middle, label, gives, Palette.Faint, 11, "middle");
    }
}
