using System.Net.Http.Headers;
using Phi4R.Inference.Remote;
using Phi4R.Recipes;

namespace Phi4R.Cli;

/// <summary>The server that a recipe's completions are sampled by.</summary>
internal static class RecipeGenerator
{
    /// <summary>Asks a server whether it can sample for a recipe.</summary>
    /// <exception cref="ArgumentException">The address is none.</exception>
    /// <exception cref="InvalidDataException">The server is not there, or no server for the recipe's model.</exception>
    public static RemoteGenerator Connect(string address, string? weightsFolder, string recipe, Action<string> log,
        CancellationToken cancel)
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
                Log = log,
            },
            cancel).GetAwaiter().GetResult();
        log("completions are sampled by "
            + $"{generator.Info.Engine}{(generator.Info.IsExact ? ", as this process would, to the last bit" : "")}");
        return generator;
    }
}
