using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// What a stage works with: the run, the results of the stages before it, and while it is made a folder, checkpoints
/// and a ledger.
/// </summary>
public sealed class StageContext
{
    private readonly StageWork? _work;

    internal StageContext(
        RecipeRun run, StageDefinition stage, IProgress<StageProgress>? progress, CancellationToken cancel,
        StageWork? work = null)
    {
        (Run, Stage, Progress, Cancel, _work) = (run, stage, progress, cancel, work);
        (Recipe, Ledger) = (stage.Change(run.Recipe), work?.Ledger ?? new Ledger(stage.Name));
    }

    /// <summary>The run that the stage is one of.</summary>
    public RecipeRun Run { get; }

    /// <summary>The stage itself.</summary>
    public StageDefinition Stage { get; }

    /// <summary>Every number of the run, as the stage changes it.</summary>
    public Recipe Recipe { get; }

    /// <summary>Token ids of the run's texts.</summary>
    public ITokenizer Tokenizer => Run.Tokenizer;

    /// <summary>The stage's own seed, so that one more draw in a stage changes no other.</summary>
    public long Seed => Run.Data.SeedOf(Stage.Name);

    /// <summary>
    /// The model that the stage starts from: the first that a stage before it makes; null where none does.
    /// </summary>
    public TrainedModel? Start => Before.FirstOrDefault(stage => stage.Model is not null) is { } stage
        ? new TrainedModel(stage.Model!, stage.Record(Run, null, Cancel)!, Run.Recipe.Model)
        : null;

    /// <summary>The folder of the result that is made.</summary>
    /// <exception cref="InvalidOperationException">The stage is looked at and not made.</exception>
    public string Folder => Made.Folder;

    /// <summary>Where what was done so far is kept, so that a stage that was stopped goes on.</summary>
    /// <exception cref="InvalidOperationException">The stage is looked at and not made.</exception>
    public TrainingCheckpoints Checkpoints => Made.Checkpoints;

    /// <summary>What was left out, cut or skipped, and why; it is kept beside the result.</summary>
    public Ledger Ledger { get; }

    /// <summary>Is called with how far the stage is; null where nobody watches.</summary>
    public IProgress<StageProgress>? Progress { get; }

    /// <summary>Cancelled when the stage is to stop after its next step.</summary>
    public CancellationToken Cancel { get; }

    internal RunData Data => Run.Data;

    internal IReadOnlyList<StageDefinition> Before => [.. Stage.After.Select(Run.Listed)];

    private StageWork Made => _work
        ?? throw new InvalidOperationException(
            $"'{Stage.Name}' is looked at and not made, so that it has no folder to write to.");

    /// <summary>The result of the stage before this one whose result is of such a type.</summary>
    /// <exception cref="InvalidOperationException">
    /// None of the stages that are named in After has such a result.
    /// </exception>
    public TResult Input<TResult>()
        where TResult : notnull => Before.OfType<StageDefinition<TResult>>().FirstOrDefault() is { } stage
        ? stage.Get(Run, null, Cancel)
        : throw new InvalidOperationException(
            $"'{Stage.Name}' asks for a {typeof(TResult).Name}, and comes after "
            + $"{string.Join(", ", Before.Select(stage => stage.Name))}, "
            + "none of which makes one. Add the stage that does to After.");

    /// <summary>Progress in a count of things, of which there are so many in all.</summary>
    public IProgress<int>? Counted(int all, string what) => StageProgress.Counted(Progress, Stage.Name, all, what);

    /// <summary>Writes a value into a file of the result as JSON.</summary>
    public void Write<T>(string file, T value) => Made.Write(file, value);

    /// <summary>Writes values into a file of the result, one a line.</summary>
    public void WriteLines<T>(string file, IEnumerable<T> records)
        where T : class => Made.WriteLines(file, records);

    internal StageContext With(StageWork work) => new(Run, Stage, Progress, Cancel, work);

    // What the pairs would teach besides right and wrong, which is said before they teach it.
    internal PairAudit Audited(
        IReadOnlyList<PreferencePair> pairs, IReadOnlyList<(double Chosen, double Rejected)> reference)
    {
        var audit = PairAudit.Of(pairs, Tokenizer, reference);
        audit.Warnings.ToList().ForEach(warning => Run.Say($"{Stage.Name}: warning: {warning}"));
        return audit;
    }
}
