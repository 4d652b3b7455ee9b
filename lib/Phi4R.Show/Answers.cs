using System.Globalization;
using System.Text;
using Phi4R.Evaluation;
using Phi4R.Verification;

namespace Phi4R.Show;

/// <summary>Answers of several models to one question, side by side, with what the verifier said.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Answers : IFigure
{
    private const int Folded = 400;
    private const int Most = 20_000;
    private const string Right = "right";
    private const string Wrong = "wrong";
    private const string Unverifiable = "unverifiable";

    private readonly string _question;
    private readonly string _reference;
    private readonly IReadOnlyList<Shown> _answers;

    private Answers(string question, string reference, IReadOnlyList<Shown> answers) =>
        (_question, _reference, _answers) = (question, reference, answers);

    public string AltText =>
        $"Answers to '{_question}'{(_reference.Length > 0 ? $", whose reference is {_reference}" : "")}: "
            + string.Join(", ", _answers.Select(answer => $"{answer.Model} {answer.Word}")) + ".";

    /// <summary>One question and its answers.</summary>
    /// <param name="reference">The right answer; empty where the question has none to show.</param>
    public static Answers SideBySide(string question, string reference,
        IReadOnlyList<(string Model, string Text, bool Right)> answers) => new(question, reference,
            [.. answers.Select(answer => new Shown(answer.Model, answer.Text, answer.Right ? Right : Wrong, null))]);

    /// <summary>One question and its answers, each with what the verifier said and why.</summary>
    /// <inheritdoc cref="SideBySide"/>
    public static Answers Judged(string question, string reference,
        IReadOnlyList<(string Model, string Text, Verdict Verdict)> answers) => new(question, reference,
            [.. answers.Select(answer => new Shown(answer.Model, answer.Text, answer.Verdict.Outcome switch
            {
                Outcome.Correct => Right,
                Outcome.Incorrect => Wrong,
                _ => Unverifiable,
            }, answer.Verdict.Reason))]);

    /// <summary>
    /// The problem on which evaluated models are furthest apart, and of several such, or of one model, the one that is
    /// right most nearly every other time: of each model the first right completion and the first that is not.
    /// </summary>
    /// <param name="evaluations">Of the same benchmarks.</param>
    /// <exception cref="ArgumentException">They have no problem in common.</exception>
    public static Answers MostApart(IReadOnlyList<EvaluationFolder> evaluations)
    {
        var shares = evaluations.SelectMany(folder => folder.Benchmarks.SelectMany(result => result.Problems
                .Select(problem => (Key: (result.Benchmark, problem.Id), problem.Score))))
            .GroupBy(one => one.Key, one => one.Score).Where(scores => scores.Count() == evaluations.Count).ToList();
        if (shares.Count == 0)
        {
            throw new ArgumentException("There is no problem that each of the models answered.");
        }

        var key = shares.MaxBy(scores => (scores.Max() - scores.Min(), -Math.Abs(scores.Average() - 0.5)))!.Key;
        var asked = evaluations.Select(folder => folder.Asked.GetValueOrDefault(key))
            .FirstOrDefault(one => one is not null);
        return new(asked?.Question ?? key.Id, asked?.Answer ?? "", [.. evaluations.SelectMany(folder =>
            EvaluationFolder.Completions(folder.Path)
                .Where(one => (one.Benchmark, one.Problem) == key && one.Verdict != EvaluatedCompletion.Failed)
                .DistinctBy(one => one.Verdict == "correct")
                .Select(one => new Shown(folder.Model, one.Text, one.Verdict switch
                {
                    "correct" => Right,
                    "incorrect" => Wrong,
                    var other => other,
                }, one.Reason)))]);
    }

    public string ToHtml()
    {
        var html =
            new StringBuilder(
                $"<table><caption><b>{Markup.Escaped(_question)}</b>{(_reference.Length > 0 ? " &#160; reference: "
                    + $"<b>{Markup.Escaped(_reference)}</b>" : "")}</caption>")
            .Append("<thead><tr><th align=\"left\">model</th><th align=\"left\">verdict</th><th "
                + $"align=\"left\">answer</th>{(_answers.Any(answer => answer.Reason is not null)
                    ? "<th align=\"left\">the verifier's reason</th>" : "")}</tr></thead><tbody>");
        foreach (var (model, text, word, reason) in _answers)
        {
            html.Append($"<tr><th align=\"left\">{Markup.Escaped(model)}</th><td align=\"left\" "
                + $"style=\"white-space:nowrap;{Markup.Tint(word == Right ? 2 : 1, 0.2)}\"><b>"
                + $"{(word == Right ? "&#10003;" : "&#10007;")} {Markup.Escaped(word)}</b></td>")
                .Append(CultureInfo.InvariantCulture, $"<td align=\"left\" "
                    + $"style=\"text-align:left\">{Answer(text)}</td>")
                .Append(reason is null ? "" : $"<td align=\"left\">{Markup.Lines(reason)}</td>").Append("</tr>");
        }

        return html.Append("</tbody></table>").ToString();
    }

    // Long answers are folded; what no page should hold is cut and counted.
    private static string Answer(string text)
    {
        if (text.Length <= Folded)
        {
            return $"<code>{(text.Length == 0 ? "(empty)" : Markup.Lines(text))}</code>";
        }

        var kept = text.Length <= Most ? text : text[..Most];
        return string.Create(CultureInfo.InvariantCulture,
            $"<details><summary><code>{Markup.Escaped(text[..120])}…</code> ({text.Length:N0} "
                + $"characters)</summary><code>{Markup.Lines(kept)}</code>")
            + (kept.Length < text.Length
                ? string.Create(CultureInfo.InvariantCulture, $" <small>{text.Length - kept.Length:N0} characters "
                    + $"more are not shown.</small>")
                : "") + "</details>";
    }

    private sealed record Shown(string Model, string Text, string Word, string? Reason);
}
