using System.CommandLine;
using System.Net.Http.Headers;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Recipes;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>The servers that a recipe's completions are sampled by.</summary>
internal static class RecipeGenerator
{
    public const string Processed = "processed";

    private static readonly Dictionary<string, ServerKind> Engines = new(StringComparer.Ordinal)
    {
        ["phi4r"] = ServerKind.Phi4R,
        ["vllm"] = ServerKind.Vllm,
        ["sglang"] = ServerKind.SgLang,
        ["llamacpp"] = ServerKind.LlamaCpp,
    };

    private static readonly Dictionary<string, WeightHandOver> HandOvers = new(StringComparer.Ordinal)
    {
        ["whole"] = WeightHandOver.Whole,
        ["adapters"] = WeightHandOver.Adapters,
    };

    /// <summary>What a server that tells one kind of log-probabilities means by them.</summary>
    public static Option<string?> LogProbs()
    {
        var option = new Option<string?>("--log-probs")
        {
            Description = "With --generator, of a server that tells one log-probability of a token: whether it is that "
                + "of the distribution sampled from (processed; vLLM with --logprobs-mode processed_logprobs) or that "
                + "at temperature 1 over the whole vocabulary (plain, as vLLM has it unless told otherwise). phi4r "
                + "serve tells both, and needs no word.",
        };
        option.AcceptOnlyFromAmong(Processed, "plain");
        return option;
    }

    /// <summary>What the servers run.</summary>
    public static Option<string?> Engine()
    {
        var option = new Option<string?>("--engine")
        {
            Description = "With --generator, what the servers run: vllm (0.10.2 or later, with VLLM_SERVER_DEV_MODE=1 "
                + "and --logprobs-mode processed_logprobs), sglang, llamacpp (which keeps the weights that it was "
                + "started on: it samples for the model that they are, and for no other), or phi4r, which is also any "
                + "other that answers at /v1/completions with token ids. Unless told otherwise, phi4r.",
        };
        option.AcceptOnlyFromAmong([.. Engines.Keys]);
        return option;
    }

    /// <summary>How policies with adapters are handed over.</summary>
    public static Option<string?> HandOver()
    {
        var option = new Option<string?>("--hand-over")
        {
            Description = "With --generator, how a policy that has adapters (Memory.Lora) is handed over: whole, with "
                + "the adapters merged, or by its adapters over the weights that the server was started on or is given "
                + "once (vllm and sglang, with LoRA on; with it vllm cannot be given others, so start it on them; "
                + "with Memory.Weights EightBit no server has such weights, so hand them over whole). Unless told "
                + "otherwise, whole.",
        };
        option.AcceptOnlyFromAmong([.. HandOvers.Keys]);
        return option;
    }

    /// <summary>Asks servers whether they can sample for a recipe.</summary>
    /// <param name="addresses">One, or several with commas between them.</param>
    /// <param name="engine">A word of <see cref="Engine"/>; null: phi4r.</param>
    /// <param name="handOver">A word of <see cref="HandOver"/>; null: whole.</param>
    /// <exception cref="ArgumentException">An address is none.</exception>
    /// <exception cref="InvalidDataException">
    /// A server is not there, or no server for the recipe's model.
    /// </exception>
    public static IPolicyGenerator Connect(string addresses, string? weightsFolder, string recipe, Action<string> log,
        bool logProbsAreProcessed, CancellationToken cancel, string? engine = null, string? handOver = null)
    {
        var model = Recipe.Named(recipe).Model;
        var pocket = new PocketTokenizer();
        var options = new RemoteOptions
        {
            Engine = engine is null ? null : Engines[engine],
            VocabularySize = model.VocabularySize,
            ContextLength = model.MaxPositions,
            WeightsFolder = weightsFolder,
            HandOver = handOver is null ? WeightHandOver.Whole : HandOvers[handOver],
            StopIds = model.VocabularySize == pocket.VocabularySize
                ? pocket.StopIds
                : new Phi4MiniTokenizer().StopIds,
            LogProbsAreProcessed = logProbsAreProcessed,
            Log = log,
        };
        RemoteGenerator[] servers = [.. addresses.Split(',', StringSplitOptions.TrimEntries)
            .Select(address => RemoteGenerator.ConnectAsync(Client(address), options, cancel)
                .GetAwaiter().GetResult())];
        IPolicyGenerator generator = servers is [var only] ? only : new RemotePool(servers);
        log("completions are sampled by "
            + $"{generator.Info.Engine}{(generator.Info.IsExact ? ", as this process would, to the last bit" : "")}");
        return generator;
    }

    private static HttpClient Client(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"--generator is '{address}'; it must be an address such as "
                + "http://127.0.0.1:8000, or several with commas between them.");
        }

        // Every request has limits of its own, and a long completion takes as long as it takes.
        var http = new HttpClient { BaseAddress = uri, Timeout = Timeout.InfiniteTimeSpan };
        if (HostEnvironment.ApiKey is { Length: > 0 } key)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return http;
    }
}
