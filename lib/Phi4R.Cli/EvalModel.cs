using System.CommandLine;
using System.Text;
using Microsoft.Extensions.AI;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;
using Phi4R.Native;
using Phi4R.Runs;
using Turn = Phi4R.Text.ChatMessage;

namespace Phi4R.Cli;

/// <summary>Who answers an evaluation: servers, or the engine of this process.</summary>
internal sealed class EvalModel : IDisposable
{
    // Marks of a chat template around a question, with some to spare.
    private const int TokensAround = 128;

    private readonly List<IDisposable> _owned = [];

    private EvalModel()
    {
    }

    public IReadOnlyList<IChatClient> Clients { get; private init; } = [];

    /// <summary>Tokens that an answer to a message may have; null where the servers do not say.</summary>
    public Func<ChatMessage, int>? Room { get; private init; }

    /// <summary>Opens what the words name.</summary>
    /// <exception cref="ArgumentException">A word is wrong, or the model has no chat template.</exception>
    /// <exception cref="InvalidDataException">The model's folder is damaged.</exception>
    public static EvalModel Of(EvalWords words, ParseResult given, Action<string> say, CancellationToken cancel)
    {
        var addresses = words.Addresses(given);
        return addresses.Count > 0 ? Remote(words, given, addresses, say, cancel) : Local(words, given, say);
    }

    public void Dispose()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }
    }

    private static EvalModel Local(EvalWords words, ParseResult given, Action<string> say)
    {
        NativeLibraries.Prepare();
        var name = given.GetRequiredValue(words.Model);
        var stage = Path.Combine(HostOptions.Current.RunsFolder, name);
        var served = ServedModel.Load(!Directory.Exists(name) && Directory.Exists(stage) ? stage : name,
            ModelOptions.Type(given.GetValue(words.Type)), ModelOptions.Rope(given.GetValue(words.Rope)));
        var engine = served.Start();
        var client = served.ChatClient(engine);
        say(Holds(served.Name, engine.MaxTokens));
        return new EvalModel
        {
            Clients = [client],
            Room = message => engine.MaxTokens - served.Encode([new Turn("user", message.Text)]).Length,
            _owned = { served, engine },
        };
    }

    private static EvalModel Remote(EvalWords words, ParseResult given, IReadOnlyList<Uri> addresses,
        Action<string> say, CancellationToken cancel)
    {
        var options = new OpenAiOptions
        {
            Protocol = words.Form(given),
            ApiKey = HostEnvironment.Key(given.GetValue(words.ApiKeyVariable)),
        };
        var clients = addresses.Select(address =>
            new OpenAiChatClient(address, given.GetRequiredValue(words.Model), options)).ToList();
        var lengths = clients.Select(client => Length(client, say, cancel)).OfType<int>().ToList();
        var model = new EvalModel
        {
            Clients = clients,
            Room = lengths.Count == 0 ? null : message =>
                lengths.Min() - (Encoding.UTF8.GetByteCount(message.Text) / 2) - TokensAround,
        };
        model._owned.AddRange(clients);
        return model;
    }

    private static string Holds(string model, int tokens) => $"{model} holds {tokens:N0} tokens of question and answer "
        + "together; a completion ends there, where --max-tokens is more";

    // A server that does not say is asked for what was asked for; one that is not there yet may come.
    private static int? Length(OpenAiChatClient client, Action<string> say, CancellationToken cancel)
    {
        try
        {
            var length = client.ContextLengthAsync(cancel).WaitAsync(TimeSpan.FromSeconds(10), cancel)
                .GetAwaiter().GetResult();
            if (length is { } known)
            {
                say(Holds($"{client.Address}", known));
            }

            return length;
        }
        catch (Exception problem) when (problem is ChatServerException or TimeoutException)
        {
            say($"{client.Address} does not say how many tokens it holds: {problem.Message}");
            return null;
        }
    }
}
