using System.CommandLine;
using Phi4R.Evaluation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>The words of <c>phi4r eval</c>; what is not said is the paper's protocol.</summary>
internal sealed class EvalWords
{
    private const string Completions = "completions";

    private const string EachSample = "sample";

    private readonly Option<string[]> _benchmark = new("--benchmark")
    {
        Description = "Any of " + string.Join(", ", BenchmarkCatalog.All.Select(known => known.Name))
            + ", or a file of problems (JSON lines, JSON, parquet, CSV); several, one after the other.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _samples = new("--samples")
    {
        Description = "Completions of each problem: "
            + string.Join(", ", BenchmarkCatalog.All.Select(known => $"{known.Samples} {known.Name}"))
            + ", 8 of a file, unless told otherwise.",
    };

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "0 takes the likeliest token.",
        DefaultValueFactory = _ => 0.6,
    };

    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Share of the likeliest tokens that can be sampled.",
        DefaultValueFactory = _ => 0.95,
    };

    private readonly Option<int> _topK = new("--top-k")
    {
        Description = "Only so many of the likeliest tokens can be sampled; 0 samples from all.",
    };

    private readonly Option<int> _maxTokens = new("--max-tokens")
    {
        Description = "Tokens of a completion at the most; where the model holds less, what it holds.",
        DefaultValueFactory = _ => 32_768,
    };

    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Drives every completion; the same for models that are compared.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int?> _limit = new("--limit") { Description = "Only so many problems of each, the first." };

    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Requests under way at one server at the most; a busy one is asked less.",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<string?> _instructions = new("--instructions")
    {
        Description = "What stands before every question, in place of: \"" + BenchmarkCatalog.OpenInstructions
            + "\" or, with options, \"" + BenchmarkCatalog.ChoiceInstructions + "\" Empty for nothing.",
    };

    private readonly Option<string> _shuffle = new("--shuffle-options")
    {
        Description = "Whether options have one order for each question, or one for each sample.",
        DefaultValueFactory = _ => "question",
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder of completions and results; made where it is missing, and gone on with otherwise.",
        Required = true,
    };

    private readonly Option<string> _model = new("--model")
    {
        Description = "A folder, a downloaded model (owner/name) or a stage of a run, which this process runs; with "
            + "--endpoint the model's name there.",
        Required = true,
    };

    private readonly Option<string[]> _endpoint = new("--endpoint")
    {
        Description = "Address of an OpenAI-compatible server, as http://127.0.0.1:8000; several share the work.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _apiKeyVariable = new("--api-key-variable")
    {
        Description = "The environment variable that holds the servers' key.",
    };

    private readonly Option<string> _protocol = new("--protocol")
    {
        Description = "With --endpoint: messages in the server's own template (chat), or plain text (completions).",
        DefaultValueFactory = _ => "chat",
    };

    public Option<string?> Cluster { get; } = ClusterWords.Cluster(
        "With --endpoint: has the servers asked by the workers of a cluster (phi4r worker)",
        "Unless it is named, this process asks them.");

    private readonly Option<string?> _type = ModelOptions.Type();

    private readonly Option<string?> _rope = ModelOptions.Rope();

    public EvalWords()
    {
        _protocol.AcceptOnlyFromAmong("chat", Completions);
        _shuffle.AcceptOnlyFromAmong("question", EachSample);
    }

    public IReadOnlyList<Option> All =>
    [
        _model, _endpoint, _apiKeyVariable, _protocol, _benchmark, _samples, _temperature, _topP, _topK, _maxTokens,
        _seed, _limit, _concurrency, _instructions, _shuffle, _out, Cluster, _type, _rope,
    ];

    public string Folder(ParseResult given) => given.GetRequiredValue(_out);

    public int Concurrency(ParseResult given) => given.GetValue(_concurrency) is > 0 and var number
        ? number
        : throw new ArgumentException($"--concurrency is {given.GetValue(_concurrency)}; it must be above 0.");

    /// <summary>The addresses of the servers; none for this process.</summary>
    /// <exception cref="ArgumentException">One is no address.</exception>
    public IReadOnlyList<Uri> Addresses(ParseResult given) =>
        ClusterWords.Servers(_endpoint.Name, given.GetValue(_endpoint) ?? []);

    /// <summary>Where the model is asked by a worker; null where only this process can.</summary>
    public ModelAddress? Address(ParseResult given) => Addresses(given) is { Count: > 0 } addresses
        ? new()
        {
            Model = given.GetRequiredValue(_model),
            Endpoints = addresses,
            Protocol = Form(given),
            MaxInFlight = Concurrency(given),
        }
        : null;

    /// <summary>Who answers.</summary>
    /// <exception cref="ArgumentException">A word is wrong, or the model has no chat template.</exception>
    /// <exception cref="InvalidDataException">The model's folder is damaged.</exception>
    public AnsweringModel Answering(ParseResult given, Action<string> say, CancellationToken cancel)
    {
        var addresses = Addresses(given);
        var name = given.GetRequiredValue(_model);
        return addresses.Count == 0
            ? AnsweringModel.Local(
                name, ModelOptions.Type(given.GetValue(_type)), ModelOptions.Rope(given.GetValue(_rope)), say)
            : AnsweringModel.RemoteAsync(addresses, name, new OpenAiOptions
            {
                Protocol = Form(given),
                ApiKey = HostEnvironment.Key(given.GetValue(_apiKeyVariable)),
            }, say, cancel).GetAwaiter().GetResult();
    }

    private ChatProtocol Form(ParseResult given) =>
        given.GetRequiredValue(_protocol) == Completions ? ChatProtocol.Completions : ChatProtocol.Chat;

    /// <summary>What was asked for, the benchmarks read.</summary>
    /// <exception cref="ArgumentException">A word is wrong; the message says which and what it may be.</exception>
    public EvaluationSettings Settings(ParseResult given)
    {
        var addresses = Addresses(given);
        if (addresses.Count == 0 && ClusterWords.IsAsked(given, Cluster))
        {
            throw new ArgumentException("--cluster has workers ask servers; name one with --endpoint.");
        }

        ClusterWords.CheckKeys(given, Cluster, _apiKeyVariable);
        if (addresses.Count == 0 && (given.GetValue(_apiKeyVariable) is not null
            || given.GetResult(_protocol) is { Implicit: false }))
        {
            throw new ArgumentException("--protocol and --api-key-variable are for servers; name one with --endpoint.");
        }

        _ = Concurrency(given);
        var benchmarks = given.GetRequiredValue(_benchmark).Select(name => BenchmarkCatalog.Read(
            name, given.GetValue(_samples), given.GetValue(_limit), given.GetValue(_instructions))).ToList();
        if (benchmarks.GroupBy(benchmark => benchmark.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"--benchmark names {twice.Key} twice.");
        }

        return new EvaluationSettings
        {
            Model = given.GetRequiredValue(_model),
            Form = addresses.Count == 0 ? "local" : given.GetRequiredValue(_protocol),
            Sampling = new SamplingConfig
            {
                Temperature = given.GetValue(_temperature),
                TopP = given.GetValue(_topP),
                TopK = given.GetValue(_topK),
                MaxTokens = given.GetValue(_maxTokens),
            },
            Seed = given.GetValue(_seed),
            ShufflesEachSample = given.GetRequiredValue(_shuffle) == EachSample,
            Benchmarks = benchmarks,
            Engine = addresses.Count == 0
                ? "this process"
                : string.Join(", ", addresses.Select(address => address.GetLeftPart(UriPartial.Path))),
        };
    }
}
