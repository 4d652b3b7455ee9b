using System.CommandLine;
using System.Net;
using Phi4R.Cluster;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Cli;

/// <summary>A worker, which makes parts that other processes hand out.</summary>
internal static class WorkerVerbs
{
    public static IEnumerable<Command> All() => [Worker()];

    private static Command Worker()
    {
        var cluster = ClusterWords.Cluster("Where the members of the cluster meet", "");
        var listen = new Option<string?>("--listen")
        {
            Description = "The address of this machine that the other machines reach, such as 10.0.0.5, to listen at; "
                + "127.0.0.1 unless told. Whoever reaches it can have this worker ask servers: name one of a network "
                + "of your own.",
        };
        var port = new Option<int>("--port") { Description = "The port to listen at; a free one unless told." };
        var endpoints = new Option<string[]>("--endpoint")
        {
            Description = "Servers that this worker asks for --model, in place of those that are named where parts are "
                + "handed out. (There 127.0.0.1 is each worker's own machine.)",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var model = new Option<string?>("--model") { Description = "The name of the model at --endpoint." };
        var variable = new Option<string?>("--api-key-variable")
        {
            Description = "The environment variable that holds the key of --endpoint; no other server is sent it.",
        };
        var command = new Command("worker", "Makes parts of distillations and evaluations that phi4r distill --cluster "
            + "and phi4r eval --cluster hand out, until it is stopped; what it was at then is handed to another.")
        {
            cluster, listen, port, endpoints, model, variable,
        };
        command.SetAction(words => ModelOptions.Clearly("worker", () =>
        {
            using var stop = new ShutdownSignal(Say);
            using var servers = new ServerPools(Own(), HostEnvironment.Key(words.GetValue(variable)), Say);
            RunAsync(ClusterWords.Address(words, cluster), servers).GetAwaiter().GetResult();
            return 0;

            async Task RunAsync(ClusterAddress address, ServerPools pools)
            {
                try
                {
                    await using var worker = await ClusterWorker.StartAsync(
                        address, pools, Listen(), words.GetValue(port), Say, stop.Asked).ConfigureAwait(false);
                    Say($"the worker {worker.Name} is a member of {address}; Ctrl-C stops it");
                    await Task.Delay(Timeout.Infinite, stop.Asked).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    Say("stopped");
                }
            }

            IPAddress? Listen() => words.GetValue(listen) is not { } text ? null
                : IPAddress.TryParse(text, out var at) ? at
                : throw new ArgumentException($"--listen is '{text}'; expected was an address such as 10.0.0.5.");

            ModelAddress? Own()
            {
                var (named, name) = (words.GetValue(endpoints)!, words.GetValue(model));
                return (named.Length > 0, name is not null) switch
                {
                    (false, false) when words.GetValue(variable) is null => null,
                    (true, true) => new ModelAddress
                    {
                        Model = name!,
                        Endpoints = ClusterWords.Servers(endpoints.Name, named),
                    },
                    _ => throw new ArgumentException("--endpoint, --model and --api-key-variable belong together: "
                        + "servers, the model that they are asked for, and their key."),
                };
            }
        }));
        return command;
    }

    private static void Say(string line) => Console.Error.WriteLine(TerminalText.Inert(line));
}
