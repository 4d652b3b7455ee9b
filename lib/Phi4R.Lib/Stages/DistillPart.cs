using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Text;

namespace Phi4R.Stages;

/// <summary>A part of a distillation in the hands of whoever began it.</summary>
/// <param name="number">Among the parts of the folder.</param>
/// <param name="take">Takes in what happens; may be called by several parts at once.</param>
internal sealed class DistillPart(
    int number, DistillOptions options, DistillWork work, ChatJournal journal,
    Func<DistillPart, DistillNews, PartTally> take) : IPart
{
    private readonly HashSet<string> _received = new(StringComparer.Ordinal);

    public int Number => number;

    public ChatJournal Journal => journal;

    /// <summary>The first problem's place among all.</summary>
    public required int First { get; init; }

    /// <summary>Its problems, as they are asked.</summary>
    public required IReadOnlyList<Problem> Problems { get; init; }

    /// <summary>What became of each problem; null where it is not done.</summary>
    public ProblemInFlight?[] Done => field ??= new ProblemInFlight?[Problems.Count];

    public string Id => field ??= PartJson.Id(Kind, new { Asked = DistillAsked.Of(options), Problems });

    public string Kind => DistillWork.Kind;

    /// <summary>Whether nothing is waited for any more.</summary>
    public bool IsDone => Done.All(asked => asked is not null);

    public Task RunAsync(Action begun, CancellationToken cancel) =>
        work.RunAsync(Lacks(), journal.Take, news => take(this, news), begun, cancel);

    public byte[]? Lacking()
    {
        List<AskedPlace> lacking = [.. Lacks().Select(lack => new AskedPlace(lack.Place, lack.Problem))];
        if (lacking.Count == 0)
        {
            return null;
        }

        // A key is kind/id/number#hash, whatever the id is.
        var ids = lacking.Select(lack => lack.Problem.Id).ToHashSet(StringComparer.Ordinal);
        return PartJson.Write(new DistillContent(DistillAsked.Of(options), lacking, journal.Read()
            .Where(pair => ids.Contains(pair.Key[(pair.Key.IndexOf('/') + 1)..pair.Key.LastIndexOf('/')]))
            .ToDictionary()));
    }

    public PartTally Take(ReadOnlySpan<byte> news) => take(this, PartJson.Read<DistillNews>(news));

    /// <summary>Keeps a text in the journal, once.</summary>
    /// <returns>Whether it is new.</returns>
    public bool Keep(TextCame text)
    {
        if (!_received.Add(text.Key))
        {
            return false;
        }

        journal.Append(text.Key, text.Completion, text.Server);
        return true;
    }

    private IEnumerable<(int Place, Problem Problem)> Lacks() =>
        Problems.Select((problem, i) => (Place: First + i, Problem: problem))
            .Where(one => Done[one.Place - First] is null);
}

/// <summary>A problem and the place that it is known by.</summary>
internal sealed record AskedPlace(int Place, Problem Problem);

/// <summary>What a worker is told of a part: how to ask, what is lacking, and what was received for it.</summary>
internal sealed record DistillContent(
    DistillAsked Asked, IReadOnlyList<AskedPlace> Problems, IReadOnlyDictionary<string, Completion> Known);

/// <summary>A model as another process can ask it.</summary>
internal sealed record ModelAsked(string Name, string Prompt, SamplingConfig Sampling, ModelAddress? Address = null);

/// <summary>How a distillation is asked, in words that another process can follow.</summary>
internal sealed record DistillAsked
{
    public required ModelAsked Teacher { get; init; }

    public ModelAsked? Judge { get; init; }

    public ModelAsked? Labeler { get; init; }

    public required int RolloutsPerProblem { get; init; }

    public required int MaxResample { get; init; }

    public required long Seed { get; init; }

    public required int ProblemsInFlight { get; init; }

    public static DistillAsked Of(DistillOptions options)
    {
        return new()
        {
            Teacher = Model(options.Teacher)!,
            Judge = Model(options.Judge),
            Labeler = Model(options.Labeler),
            RolloutsPerProblem = options.RolloutsPerProblem,
            MaxResample = options.MaxResample,
            Seed = options.Seed,
            ProblemsInFlight = options.ProblemsInFlight,
        };

        static ModelAsked? Model(AskedModel? model) =>
            model is null ? null : new(model.Name, model.Prompt.Text, model.Sampling, model.Address);
    }

    /// <summary>The same with servers of this process.</summary>
    public DistillOptions Open(ServerPools servers)
    {
        return new()
        {
            Teacher = Model(Teacher, PromptTemplate.Teacher)!,
            Judge = Model(Judge, PromptTemplate.Judge),
            Labeler = Model(Labeler, PromptTemplate.Label),
            RolloutsPerProblem = RolloutsPerProblem,
            MaxResample = MaxResample,
            Seed = Seed,
            ProblemsInFlight = ProblemsInFlight,
            Repetition = RepetitionConfig.LongThought, // Whoever began it says what repeats itself.
        };

        AskedModel? Model(ModelAsked? asked, PromptTemplate prompt) => asked is null ? null : new()
        {
            Name = asked.Name,
            Servers = servers.Pool(asked.Address ?? throw new PartFaultException(
                $"Nothing says where a worker reaches {asked.Name}.")),
            Prompt = prompt.WithText(asked.Prompt),
            Sampling = asked.Sampling,
            Address = asked.Address,
        };
    }
}
