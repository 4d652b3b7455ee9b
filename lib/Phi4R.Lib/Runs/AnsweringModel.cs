using System.Text;
using Microsoft.Extensions.AI;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;
using Phi4R.Model;
using Phi4R.Native;
using Turn = Phi4R.Text.ChatMessage;

namespace Phi4R.Runs;

/// <summary>Who answers an evaluation: servers, or the engine of this process.</summary>
public sealed class AnsweringModel : IDisposable
{
    // Marks of a chat template around a question, with some to spare.
    private const int TokensAround = 128;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IDisposable> _owned;

    private AnsweringModel(IReadOnlyList<IChatClient> clients, Func<ChatMessage, int>? room,
        IReadOnlyList<IDisposable> owned) => (Clients, Room, _owned) = (clients, room, owned);

    /// <summary>What is asked, for <see cref="ModelEvaluation.RunAsync"/>.</summary>
    public IReadOnlyList<IChatClient> Clients { get; }

    /// <summary>Tokens that an answer to a message may have; null where the servers do not say.</summary>
    public Func<ChatMessage, int>? Room { get; }

    /// <summary>Reads a model into this process.</summary>
    /// <param name="name">A folder, a downloaded model (owner/name), or a stage in the folder of runs.</param>
    /// <param name="dtype">As for <see cref="ServedModel.Load"/>.</param>
    /// <param name="rope">As for <see cref="ServedModel.Load"/>.</param>
    /// <param name="say">Is told how many tokens the model holds.</param>
    /// <exception cref="ArgumentException">The model has no chat template or no tokenizer.</exception>
    /// <exception cref="InvalidDataException">The model's folder is damaged.</exception>
    public static AnsweringModel Local(
        string name, ScalarType? dtype = null, RopePolicy? rope = null, Action<string>? say = null)
    {
        NativeLibraries.Prepare();
        var stage = Path.Combine(HostOptions.Current.RunsFolder, name);
        var served = ServedModel.Load(
            !Directory.Exists(name) && Directory.Exists(stage) ? stage : name, dtype, rope);
        var engine = served.Start();
        var client = served.ChatClient(engine);
        say?.Invoke(Holds(served.Name, engine.MaxTokens));
        return new([client], message => engine.MaxTokens - served.Encode([new Turn("user", message.Text)]).Length,
            [served, engine]);
    }

    /// <summary>Asks servers what they hold.</summary>
    /// <param name="name">The model's name there.</param>
    /// <param name="options">As for <see cref="OpenAiChatClient"/>.</param>
    /// <param name="say">Is told how many tokens a server holds, or that it does not say.</param>
    public static async Task<AnsweringModel> RemoteAsync(IReadOnlyList<Uri> addresses, string name,
        OpenAiOptions? options = null, Action<string>? say = null, CancellationToken cancel = default)
    {
        var clients = addresses.Select(address => new OpenAiChatClient(address, name, options)).ToList();
        List<int> lengths = [];
        foreach (var client in clients)
        {
            if (await LengthAsync(client, say, cancel).ConfigureAwait(false) is { } length)
            {
                lengths.Add(length);
            }
        }

        return new(clients, lengths.Count == 0 ? null : message =>
            lengths.Min() - (Encoding.UTF8.GetByteCount(message.Text) / 2) - TokensAround, clients);
    }

    public void Dispose()
    {
        foreach (var owned in _owned.Reverse())
        {
            owned.Dispose();
        }
    }

    private static string Holds(string model, int tokens) => $"{model} holds {tokens:N0} tokens of question and answer "
        + "together; a completion ends there, where --max-tokens is more";

    // A server that does not say is asked for what was asked for; one that is not there yet may come.
    private static async Task<int?> LengthAsync(
        OpenAiChatClient client, Action<string>? say, CancellationToken cancel)
    {
        try
        {
            var length = await client.ContextLengthAsync(cancel).WaitAsync(Patience, cancel).ConfigureAwait(false);
            if (length is { } known)
            {
                say?.Invoke(Holds($"{client.Address}", known));
            }

            return length;
        }
        catch (Exception problem) when (problem is ChatServerException or TimeoutException)
        {
            say?.Invoke($"{client.Address} does not say how many tokens it holds: {problem.Message}");
            return null;
        }
    }
}
