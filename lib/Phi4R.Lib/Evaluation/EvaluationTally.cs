namespace Phi4R.Evaluation;

/// <summary>Counts completions while they are read.</summary>
internal sealed class EvaluationTally
{
    private const string Correct = "correct";
    private const string Unverifiable = "unverifiable";
    private const string Length = "length";

    private readonly Dictionary<(string Benchmark, string Problem, int Sample), int> _places = [];
    private readonly List<string?> _answers = [];
    private readonly List<bool> _truncated = [];
    private readonly Dictionary<(string Benchmark, string Problem), string> _examples = [];
    private readonly Dictionary<string, string> _words = new(StringComparer.Ordinal);

    public List<CompletionMark> Marks { get; } = [];

    public int Replaced { get; private set; }

    public void Add(EvaluatedCompletion completion)
    {
        var mark = new CompletionMark(
            Shared(completion.Benchmark), Shared(completion.Problem), completion.Sample, Shared(completion.Verdict),
            completion.Tokens);
        var answer = completion.Answer is { } found && completion.FinishReason != Length ? Shared(found) : null;
        if (_places.TryGetValue((mark.Benchmark, mark.Problem, mark.Sample), out var place))
        {
            Replaced++;
            (Marks[place], _answers[place]) = (mark, answer);
            _truncated[place] = completion.FinishReason == Length;
        }
        else
        {
            _places[(mark.Benchmark, mark.Problem, mark.Sample)] = Marks.Count;
            Marks.Add(mark);
            _answers.Add(answer);
            _truncated.Add(completion.FinishReason == Length);
        }

        if (completion.Sample == 0 && completion.Verdict != EvaluatedCompletion.Failed)
        {
            _examples[(mark.Benchmark, mark.Problem)] = completion.Text;
        }
    }

    public IReadOnlyList<BenchmarkResult> Results(
        IReadOnlyDictionary<(string Benchmark, string Id), AskedProblem> asked) =>
        [.. Marks.Select((mark, i) => (Mark: mark, Place: i)).GroupBy(pair => pair.Mark.Benchmark)
            .Select(benchmark => new BenchmarkResult(benchmark.Key,
                [.. benchmark.GroupBy(pair => pair.Mark.Problem)
                    .Select(own => Result(benchmark.Key, own.Key, [.. own], asked))
                    .Where(problem => problem.Answers > 0)]))
            .Where(benchmark => benchmark.Problems.Count > 0)];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Unanswered() =>
        Marks.GroupBy(mark => mark.Benchmark).ToDictionary(benchmark => benchmark.Key, benchmark =>
            (IReadOnlyList<string>)[.. benchmark.GroupBy(mark => mark.Problem)
                .Where(own => own.All(mark => mark.Verdict == EvaluatedCompletion.Failed)).Select(own => own.Key)],
            StringComparer.Ordinal);

    private ProblemResult Result(string benchmark, string problem, List<(CompletionMark Mark, int Place)> own,
        IReadOnlyDictionary<(string Benchmark, string Id), AskedProblem> asked)
    {
        var had = own.Where(pair => pair.Mark.Verdict != EvaluatedCompletion.Failed).ToList();
        var about = asked.GetValueOrDefault((benchmark, problem));
        var vote = new MajorityVote();
        foreach (var (mark, place) in had)
        {
            vote.Add(_answers[place], mark.Verdict == Correct);
        }

        return new ProblemResult
        {
            Id = problem,
            Domain = about?.Domain ?? "",
            Level = about?.Level ?? 0,
            Answers = had.Count,
            Right = had.Count(pair => pair.Mark.Verdict == Correct),
            Truncated = had.Count(pair => _truncated[pair.Place]),
            Unverifiable = had.Count(pair => pair.Mark.Verdict == Unverifiable),
            Failed = own.Count - had.Count,
            Tokens = had.Sum(pair => (long)pair.Mark.Tokens),
            Majority = had.Count > 1 ? vote.Share : null,
            Example = _examples.GetValueOrDefault((benchmark, problem), ""),
        };
    }

    // A hundred thousand completions name a few hundred problems.
    private string Shared(string text)
    {
        if (_words.TryGetValue(text, out var known))
        {
            return known;
        }

        _words[text] = text;
        return text;
    }
}
