using System.Globalization;
using System.Text;
using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Recipes;

namespace Phi4R.Runs;

/// <summary>All of a run that a colleague asks for: what each stage gained, what was changed, on what it ran.</summary>
/// <param name="Record">The run's record.</param>
/// <param name="Summary">What each stage gained.</param>
/// <param name="Changed">Settings that differ from the recipe of the record's name; null where there is none.</param>
/// <param name="Steps">The steps of its stages; none where the folder holds a record only.</param>
/// <param name="Ledger">What the stages left out; none where the folder holds a record only.</param>
public sealed record RunReport(
    RunRecord Record, RunSummary Summary, IReadOnlyList<RunParameter>? Changed, IReadOnlyList<StageSteps> Steps,
    IReadOnlyList<LedgerLine> Ledger)
{
    /// <summary>Reads it from a run's folder.</summary>
    /// <exception cref="InvalidDataException">The folder holds no record of a finished run.</exception>
    public static RunReport Of(string run)
    {
        var record = RunRecord.Read(run);
        var made = StageManifest.OfRun(run).Count > 0;
        return new RunReport(
            record, record.Summarize(), Differences(record), made ? StageSteps.OfRun(run) : [],
            made ? StageManifest.LedgerOf(run) : []);
    }

    /// <summary>The report in Markdown.</summary>
    /// <param name="pictures">Files beside the report, each with what it shows in words.</param>
    public string ToMarkdown(IReadOnlyList<(string File, string AltText)> pictures)
    {
        var text = new StringBuilder();
        Line(text, $"# {Record.RecipeName}, seed {Record.Seed}");
        Line(text, $"\n`{Record.Command}`\n");
        text.Append(Summary.ToMarkdown());
        foreach (var (file, alt) in pictures)
        {
            Line(text, $"\n![{alt}]({file})");
        }

        Line(text, $"\n## Settings that differ from the recipe\n");
        AppendChanges(text);
        Line(text, $"\n## Stages\n\n| stage | minutes | steps | first loss | last loss |");
        Line(text, $"| --- | --: | --: | --: | --: |");
        foreach (var stage in Record.Stages)
        {
            var steps = Steps.FirstOrDefault(other => other.Stage == stage.Stage)?.Steps;
            var (count, first, last) = (steps?.Count, Loss(steps?[0]), Loss(steps?[^1]));
            Line(text, $"| {stage.Stage} | {stage.Seconds / 60:0.0} | {count} | {first} | {last} |");
        }

        Line(text, $"\nTogether {Record.Stages.Sum(stage => stage.Seconds) / 60:0.0} minutes of training.");
        if (Ledger.Count > 0)
        {
            Line(text, $"\n## Left out\n\n| stage | what | how many | why |\n| --- | --- | --: | --- |");
            foreach (var line in Ledger)
            {
                Line(text, $"| {line.Stage} | {line.What} | {line.Count:N0} | {line.Why} |");
            }
        }

        Line(text, $"\n## Made on\n\n| | |\n| --- | --- |\n| machine | {Record.Machine} |");
        if (Record.Processor is { } processor)
        {
            Line(text, $"| processor | {processor.Vendor} {processor.Name} |");
            foreach (var (library, kernels) in processor.Kernels)
            {
                Line(text, $"| kernels of {library} | {kernels} |");
            }
        }

        foreach (var (library, version) in Record.Versions)
        {
            Line(text, $"| {library} | {version} |");
        }

        Line(text, $"| code | `{Record.Code}` |");
        return text.ToString();
    }

    private void AppendChanges(StringBuilder text)
    {
        if (Changed is not { Count: > 0 })
        {
            Line(text, Changed is null
                ? (FormattableString)$"The recipe is a file of the person's own; all its settings stand in run.json."
                : $"None.");
            return;
        }

        Line(text, $"| setting | {Record.RecipeName} | this run |\n| --- | --- | --- |");
        foreach (var change in Changed)
        {
            Line(text, $"| {change.Setting} | {change.InRecipe} | {change.InRun} |");
        }
    }

    private static IReadOnlyList<RunParameter>? Differences(RunRecord record)
    {
        if (Recipe.Names.Contains(record.RecipeName, StringComparer.Ordinal))
        {
            var own = RunRecord.Written(Recipe.Named(record.RecipeName));
            return [.. RunDiff.Differences(own, record.Recipe)
                .Select(change => new RunParameter(change.Setting, Short(change.A), Short(change.B)))];
        }

        return null;
    }

    private static string Short(JsonElement? value) =>
        value is { } known ? Listing.Shortened(known.GetRawText()) : "not set";

    private static string Loss(StageSteps.Step? step) => step?.Values.TryGetValue("loss", out var loss) == true
        ? loss.ToString("0.0000", CultureInfo.InvariantCulture)
        : "";

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
