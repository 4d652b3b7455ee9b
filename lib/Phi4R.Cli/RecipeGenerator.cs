using System.CommandLine;
using System.Net.Http.Headers;
using Phi4R.Inference.Remote;
using Phi4R.Recipes;

namespace Phi4R.Cli;

/// <summary>The server that a recipe's completions are sampled by.</summary>
internal static class RecipeGenerator
{
    public const string Processed = "processed";

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

    /// <summary>Asks a server whether it can sample for a recipe.</summary>
    /// <exception cref="ArgumentException">The address is none.</exception>
    /// <exception cref="InvalidDataException">The server is not there, or no server for the recipe's model.</exception>
    public static RemoteGenerator Connect(string address, string? weightsFolder, string recipe, Action<string> log,
        bool logProbsAreProcessed, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"--generator is '{address}'; it must be an address such as "
                + "http://127.0.0.1:8000.");
        }

        // Every request has limits of its own, and a long completion takes as long as it takes.
        var http = new HttpClient { BaseAddress = uri, Timeout = Timeout.InfiniteTimeSpan };
        if (HostEnvironment.ApiKey is { Length: > 0 } key)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        var model = Recipe.Named(recipe).Model;
        var generator = RemoteGenerator.ConnectAsync(
            http,
            new RemoteOptions
            {
                VocabularySize = model.VocabularySize,
                ContextLength = model.MaxPositions,
                WeightsFolder = weightsFolder,
                LogProbsAreProcessed = logProbsAreProcessed,
                Log = log,
            },
            cancel).GetAwaiter().GetResult();
        log("completions are sampled by "
            + $"{generator.Info.Engine}{(generator.Info.IsExact ? ", as this process would, to the last bit" : "")}");
        return generator;
    }
}
