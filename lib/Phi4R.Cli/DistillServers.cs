using System.CommandLine;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>The options that name a model behind servers: teacher, judge or labeler.</summary>
internal sealed class DistillServers
{
    private readonly PromptTemplate _prompt;

    /// <param name="prefix">What the options begin with, such as "judge-"; nothing for the teacher.</param>
    /// <param name="does">What the model does, in words.</param>
    public DistillServers(string prefix, string does, PromptTemplate prompt, string otherwise)
    {
        _prompt = prompt;
        Endpoints = new($"--{prefix}endpoint")
        {
            Description = $"An OpenAI-compatible server that {does}, such as http://127.0.0.1:8000/v1; several may be "
                + $"named. {otherwise}",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        Model = new($"--{prefix}model") { Description = $"The name of the model that {does}." };
        Variable = new($"--{prefix}api-key-variable")
        {
            Description = "The environment variable that holds these servers' key; none is sent unless told.",
        };
        Prompt = new($"--{(prefix.Length > 0 ? prefix : "teacher-")}prompt")
        {
            Description = "A file with what is asked instead of the prompt that is shipped (data/prompts).",
        };
    }

    public Option<string[]> Endpoints { get; }

    public Option<string?> Model { get; }

    public Option<string?> Variable { get; }

    public Option<string?> Prompt { get; }

    public void AddTo(Command command)
    {
        command.Add(Endpoints);
        command.Add(Model);
        command.Add(Variable);
        command.Add(Prompt);
    }

    /// <summary>The model that was named; null where neither model nor server was.</summary>
    /// <param name="other">Whose servers and key are meant where these name none.</param>
    /// <param name="clients">Takes the clients, which the caller ends.</param>
    /// <exception cref="ArgumentException">A server or a model is missing, or an address is none.</exception>
    public AskedModel? Read(ParseResult words, SamplingConfig sampling, ChatPoolOptions pool, DistillServers? other,
        List<OpenAiChatClient> clients)
    {
        var (own, name) = (words.GetValue(Endpoints)!, words.GetValue(Model));
        if (own.Length == 0 && name is null)
        {
            return null;
        }

        var from = own.Length > 0 || other is null ? this : other;
        var endpoints = words.GetValue(from.Endpoints)!;
        if (endpoints.Length == 0 || name is null)
        {
            throw new ArgumentException(name is null
                ? $"{Endpoints.Name} names a server and nothing its model; name it with {Model.Name}."
                : $"{Model.Name} names a model and nothing its server; name it with {Endpoints.Name}.");
        }

        var options = new OpenAiOptions
        {
            ApiKey = HostEnvironment.Key(words.GetValue(from.Variable)),
        };
        var addresses = ClusterWords.Servers(from.Endpoints.Name, endpoints);
        var asked = addresses.Select(address => new OpenAiChatClient(address, name, options)).ToList();
        clients.AddRange(asked);
        return new AskedModel
        {
            Name = name,
            Servers = new ChatPool(asked, pool),
            Address = new ModelAddress
            {
                Model = name,
                Endpoints = addresses,
                MaxInFlight = pool.MaxInFlight,
            },
            Prompt = PromptOf(words),
            Sampling = sampling,
        };
    }

    /// <summary>What is asked: the prompt that is shipped, or a file in its place.</summary>
    public PromptTemplate PromptOf(ParseResult words) =>
        words.GetValue(Prompt) is { } file ? _prompt.FromFile(file) : _prompt;
}
