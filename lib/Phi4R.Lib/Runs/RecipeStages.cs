namespace Phi4R.Runs;

/// <summary>Runs a run's stages one after the other, without a notebook.</summary>
public static class RecipeStages
{
    /// <summary>Checks that two stages are of a list and in order, and finds their places.</summary>
    /// <param name="stages">The run's stages, in order.</param>
    /// <param name="from">The name of the first stage; null for the first of all.</param>
    /// <param name="to">The name of the last stage; null for the last of all.</param>
    /// <exception cref="ArgumentException">There is no such stage, or the last comes before the first.</exception>
    public static (int First, int Last) Check(IReadOnlyList<StageDefinition> stages, string? from, string? to)
    {
        var names = stages.Select(stage => stage.Name).ToList();
        var (first, last) = (PlaceOf(from ?? names[0]), PlaceOf(to ?? names[^1]));
        return first <= last
            ? (first, last)
            : throw new ArgumentException(
                $"The first stage '{from}' comes after the last '{to}'; the order is {string.Join(", ", names)}.");

        int PlaceOf(string stage) => names.IndexOf(stage) is >= 0 and var place
            ? place
            : throw new ArgumentException($"There is no stage '{stage}'; there are {string.Join(", ", names)}.");
    }

    /// <summary>
    /// Runs stages; those before the first are taken from the run's folder, or made where they are missing, since a
    /// stage needs those before it.
    /// </summary>
    /// <param name="run">The run, which says what its stages are.</param>
    /// <param name="from">The name of the first stage; null for the first of all.</param>
    /// <param name="to">The name of the last stage; null for the last of all.</param>
    /// <param name="progress">Is called with how far a stage is.</param>
    /// <param name="done">Told the name of each stage that is finished.</param>
    /// <returns>What each model gained, where the evaluation was among the stages; otherwise null.</returns>
    /// <exception cref="ArgumentException">There is no such stage, or the last comes before the first.</exception>
    public static RunSummary? Run(
        RecipeRun run,
        string? from = null,
        string? to = null,
        IProgress<StageProgress>? progress = null,
        Action<string>? done = null,
        CancellationToken cancel = default)
    {
        var (first, last) = Check(run.Stages, from, to);
        RunSummary? summary = null;
        foreach (var (number, stage) in run.Stages.Take(last + 1).Index())
        {
            summary = (stage.Result(run, progress, cancel) as Evaluated)?.Summary ?? summary;
            if (number >= first)
            {
                done?.Invoke(stage.Name);
            }
        }

        return summary;
    }
}
