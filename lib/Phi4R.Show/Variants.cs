using Phi4R.Runs;

namespace Phi4R.Show;

/// <summary>
/// Tries of a stage side by side: settings that differ, curves laid over each other, what each was worth.
/// </summary>
public static class Variants
{
    /// <summary>
    /// One try a row: the settings that differ, how its steps ended, pass@1 and the gain over the first.
    /// </summary>
    /// <param name="value">A number of the steps, such as loss or meanReward.</param>
    public static Table Table(IReadOnlyList<StageVariant> variants, string value = "loss")
    {
        List<string> settings = [.. variants[0].Differs.Keys];
        var first = variants[0].Results;
        return Show.Table.Of(
            $"Tries of {variants[0].Steps.Stage}",
            ["try", .. settings, "steps", $"first {value}", $"{value} of the last tenth", "pass@1, %", "95 % interval",
                "less the first"],
            variants.Select(variant => (IReadOnlyList<object?>)
            [
                variant.Name,
                .. settings.Select(setting => variant.Differs[setting]),
                variant.Steps.Steps.Count,
                variant.Steps.Steps is [var begun, ..] ? Value(begun) : null,
                Ended(variant),
                variant.Results is { } results ? 100 * results.Pooled.Mean : null,
                variant.Results is { } known ? $"{100 * known.Pooled.Low:0.0} to {100 * known.Pooled.High:0.0}" : "",
                variant == variants[0] || first is null || variant.Results is not { } own
                    || !own.Names.SequenceEqual(first.Names) ? "" : own.GainOver(first).InPoints,
            ]),
            "pass@1 over all problems of the benchmarks, for tries whose models were evaluated; differences are paired "
                + "on the problems.");

        double? Value(StageSteps.Step step) => step.Values.TryGetValue(value, out var number) ? number : null;

        double? Ended(StageVariant variant)
        {
            var told = variant.Steps.Steps.Where(step => Value(step) is not null).ToList();
            return told.Count == 0 ? null
                : LastTenth.Of(told, step => Value(step)!.Value, step => step.Values.GetValueOrDefault("tokens", 1));
        }
    }

    /// <summary>The curve of one number of the steps, a line for each try.</summary>
    /// <param name="value">A number of the steps, such as loss or meanReward.</param>
    /// <exception cref="ArgumentException">
    /// No try has steps with such a number; the message lists those there are.
    /// </exception>
    public static Chart Curves(IReadOnlyList<StageVariant> variants, string value = "loss")
    {
        var lines = variants.Select(variant => (Line: Named(variant), Steps: variant.Steps.Steps
                .Where(step => step.Values.ContainsKey(value)).ToList()))
            .Where(line => line.Steps.Count > 0).ToList();
        if (lines.Count == 0)
        {
            var known = variants.SelectMany(variant => variant.Steps.Steps).SelectMany(step => step.Values.Keys)
                .Distinct(StringComparer.Ordinal);
            throw new ArgumentException($"No step tells of '{value}'; there are {string.Join(", ", known)}.");
        }

        return Chart.Lines($"{value} of {variants[0].Steps.Stage}", "step", value, [.. lines.Select(line => new Series
        {
            Name = line.Line,
            X = [.. line.Steps.Select(step => (double)step.Number)],
            Y = [.. line.Steps.Select(step => step.Values[value])],
        })], width: 860);

        static string Named(StageVariant variant) => variant.Differs.Count == 0 ? variant.Name
            : string.Join(", ", variant.Differs.Select(one => $"{one.Key.Split('.')[^1]} {one.Value}"));
    }

    /// <summary>
    /// Makes a stage once for each value of a setting, asks each model the benchmarks, and shows them side by side.
    /// </summary>
    /// <param name="setting">By its place in a recipe file, such as "RolloutDpo.Beta".</param>
    /// <param name="update">Shows HTML in the place of what was shown before: the curves so far.</param>
    /// <returns>The tries; each stands in the run's folder and is not made again.</returns>
    public static IReadOnlyList<StageVariant> Sweep<TReport>(
        RecipeRun run, TrainingStage<TReport> stage, string setting, IReadOnlyList<object> values,
        Action<string>? update = null, CancellationToken cancel = default)
        where TReport : class, Training.IStepReport
    {
        HashSet<string> made = [];
        foreach (var value in values)
        {
            var changed = run.With((setting, value));
            var live = update is null ? null : new LiveRun($"{stage.Label}, {setting} {value}", update);
            var trained = changed.Get(stage, live, cancel);
            live?.Finish();
            _ = changed.Evaluate(trained, cancel: cancel);
            made.Add(Path.GetFileName(trained.Record.Folder));
        }

        return [.. StageVariant.Of([run.Folder], stage.Name).Where(variant => made.Contains(variant.Name))];
    }
}
