using System.Globalization;
using System.Text;
using Phi4R.Evaluation;

namespace Phi4R.Show;

/// <summary>
/// The problems that one of two models has right and the other has not, each with a completion of both and what the
/// verifier said: where a verdict is wrong it is mostly here.
/// </summary>
/// <remarks><see cref="EvaluationPage.WriteDisagreements"/> writes all completions, to be searched.</remarks>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Disagreements : IFigure
{
    private const int MostSigns = 4_000;

    private readonly string _title;
    private readonly IReadOnlyList<(string Benchmark, string Problem)> _apart;
    private readonly IReadOnlyList<Dictionary<(string, string), EvaluatedCompletion>> _first;
    private readonly IReadOnlyList<EvaluationFolder> _folders;
    private readonly int _most;

    private Disagreements(IReadOnlyList<EvaluationFolder> folders, IReadOnlyList<(string, string)> apart, int most)
    {
        (_folders, _apart, _most) = (folders, apart, most);
        _title = $"Problems that one of {folders[0].Model} and {folders[1].Model} has right";
        var shown = apart.Take(most).ToHashSet();
        _first = [.. folders.Select(folder => EvaluationFolder.Completions(folder.Path)
            .Where(one => one.Verdict != EvaluatedCompletion.Failed && shown.Contains((one.Benchmark, one.Problem)))
            .GroupBy(one => (one.Benchmark, one.Problem)).ToDictionary(group => group.Key, group => group.First()))];
    }

    public string AltText => string.Create(CultureInfo.InvariantCulture, $"{_title}: {_apart.Count:N0}.");

    /// <summary>Those of two evaluations.</summary>
    /// <param name="most">Problems that are shown; the others are counted.</param>
    /// <exception cref="InvalidDataException">They were not asked the same; the message says what differs.</exception>
    public static Disagreements Of(EvaluationFolder before, EvaluationFolder after, int most = 20) => new(
        [before, after], [.. EvaluationComparison.Of(before, after).SelectMany(one =>
            one.Fixed.Concat(one.Broken).Select(problem => (one.Benchmark, problem)))], most);

    public string ToHtml()
    {
        var html = new StringBuilder($"<p><b>{Markup.Escaped(AltText)}</b></p>");
        foreach (var key in _apart.Take(_most))
        {
            var asked = _folders.Select(folder => folder.Asked.GetValueOrDefault(key))
                .FirstOrDefault(one => one is not null);
            html.Append("<details><summary>").Append(Markup.Escaped($"{key.Benchmark}, {key.Problem}"));
            foreach (var (folder, first) in _folders.Zip(_first))
            {
                html.Append(Markup.Escaped($" · {folder.Model}: {first.GetValueOrDefault(key)?.Verdict}"));
            }

            html.Append("</summary>");
            if (asked is not null)
            {
                html.Append($"<p>{Markup.Lines(asked.Question)}<br/>reference: <b>{Markup.Escaped(asked.Answer)}</b>"
                    + "</p>");
            }

            html.Append("<table><thead><tr><th align=\"left\">model</th><th align=\"left\">verdict</th><th "
                + "align=\"left\">reason</th><th align=\"left\">end of the first completion</th></tr></thead><tbody>");
            foreach (var (folder, first) in _folders.Zip(_first))
            {
                Row(html, folder.Model, first.GetValueOrDefault(key));
            }

            html.Append("</tbody></table></details>");
        }

        return _apart.Count > _most
            ? html.Append(CultureInfo.InvariantCulture, $"<p><small>{_apart.Count - _most:N0} more are not shown."
                + $"</small></p>").ToString()
            : html.ToString();
    }

    private static void Row(StringBuilder html, string model, EvaluatedCompletion? completion)
    {
        var text = completion?.Text ?? "";
        var end = text.Length <= MostSigns ? text : "… " + text[^MostSigns..];
        html.Append($"<tr><td align=\"left\">{Markup.Escaped(model)}</td><td align=\"left\">"
            + $"{Markup.Escaped(completion?.Verdict ?? "")}</td><td align=\"left\">"
            + $"{Markup.Escaped(completion?.Reason ?? "")}</td><td align=\"left\"><code>{Markup.Lines(end)}</code></td>"
            + "</tr>");
    }
}
