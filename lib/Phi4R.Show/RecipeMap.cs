using Phi4R.Runs;

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

    private readonly IReadOnlyList<StageDefinition> _all;
    private readonly IReadOnlyList<StageDefinition> _stages;
    private readonly int _current;

    private RecipeMap(IReadOnlyList<StageDefinition> all, string current)
    {
        (_all, _stages) = (all, [.. all.Where(stage => stage.Map is not null)]);
        _current = _stages.ToList().FindIndex(stage => stage.Name == current);
    }

    public string AltText => $"The recipe in {_stages.Count} stages: {string.Join(", ", _stages.Select(Listed))}. "
        + string.Concat(Entries.Select(entry => $"The {entry.Label} enters at stage {entry.At + 1}. "))
        + $"This is stage {_current + 1}, {_stages[_current].Label}.";

    // What stands in no box and comes after nothing enters from above the first box that comes after it.
    private IEnumerable<(string Label, int At)> Entries => _all
        .Where(stage => stage.Map is null && stage.After.Count == 0)
        .Select(stage => (stage.Label, FirstAfter(stage.Name)))
        .Where(entry => entry.Item2 >= 0);

    /// <summary>Draws the map of a list of stages.</summary>
    /// <param name="lit">The stage that the reader is at.</param>
    /// <param name="stages">The list; <see cref="Pipeline.Stages"/> by default.</param>
    /// <exception cref="ArgumentException">
    /// The stage has no box on the map; the message lists those that have.
    /// </exception>
    public static RecipeMap Draw(StageDefinition lit, IReadOnlyList<StageDefinition>? stages = null)
    {
        var map = new RecipeMap(stages ?? Pipeline.Stages, lit.Name);
        return map._current >= 0 ? map : throw new ArgumentException(
            $"The stage '{lit.Name}' is not on the map; there are "
            + $"{string.Join(", ", map._stages.Select(stage => stage.Name))}.");
    }

    public string ToHtml()
    {
        var picture = new Svg((2 * Edge) + (_stages.Count * (Box + Gap)) - Gap, 172);
        for (var i = 0; i < _stages.Count; i++)
        {
            var x = Edge + (i * (Box + Gap));
            Stage(picture, i, x);
            if (i < _stages.Count - 1)
            {
                Handing(picture, x + Box, _stages[i].Map!.Gives, i % 2 == 0 ? 140 : 158, walked: i < _current);
            }
        }

        foreach (var (label, at) in Entries)
        {
            var entry = Edge + (at * (Box + Gap)) + (Box / 2.0);
            picture.Text(entry, 14, label, Palette.Faint, 11, "middle");
            picture.Line(entry, 18, entry, Top - 6, Palette.Faint, 1.5);
            picture.Area([(entry, Top - 2), (entry - 4.5, Top - 9), (entry + 4.5, Top - 9)], Palette.Faint);
        }

        return picture.Image(AltText);
    }

    private int FirstAfter(string name) =>
        _stages.ToList().FindIndex(box => box.After.Any(before => before.Name == name));

    private static string Listed(StageDefinition stage, int place) =>
        $"{place + 1} {stage.Label}" + (stage.Map!.Gives.Length > 0 ? $" (gives {stage.Map.Gives})" : "");

    private void Stage(Svg picture, int i, int x)
    {
        var (lit, done) = (i == _current, i < _current);
        var (fill, line) = lit
            ? (Palette.Series[0], Palette.Series[0])
            : done ? (Palette.Tint, Palette.Series[0])
            : (Palette.Panel, Palette.Grid);
        var (strong, soft) = lit ? (Palette.OnColor, Palette.OnColor) : (Palette.Ink, Palette.Faint);
        if (lit)
        {
            picture.Rectangle(x - 4, Top - 4, Box + 8, Tall + 8, Palette.Series[0], 0.22, radius: 12);
        }

        picture.Rectangle(x, Top, Box, Tall, fill, stroke: line, radius: 9);
        picture.Text(x + 11, Top + 19, done ? $"0{i + 1} ✓" : lit ? $"0{i + 1} · you are here" : $"0{i + 1}", soft,
            11, bold: lit);
        picture.Text(x + 11, Top + 39, _stages[i].Label, strong, 14, bold: true);
        foreach (var (k, words) in _stages[i].Map!.Purpose.Index())
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
