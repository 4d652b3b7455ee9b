using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Tests.Inference;

namespace Phi4R.Benchmarks;

/// <summary>
/// How busy <see cref="ChatPool"/> keeps a server that stands in another process, and what that costs.
/// </summary>
internal static class RequestSpeed
{
    /// <summary>The word by which this program starts itself again, as the server.</summary>
    public const string ServerWord = "steady-server";

    private const int Places = 64;
    private const int Requests = 3840;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);
    private static readonly SamplingConfig Sampling = new() { Temperature = 0.6, TopP = 0.95, MaxTokens = 1000 };

    /// <summary>Answers until the standard input ends; each line of it asks how busy it was since the last.</summary>
    public static void Serve()
    {
        using var server = new SteadyChatServer(Delay);
        Console.WriteLine(server.Address);
        while (Console.ReadLine() is not null)
        {
            var (clock, held) = server.Busy(Places);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{server.Answered:N0} answers, {clock:P1} by the clock, places held {held:P1} of the time; server "
                    + $"{Environment.CpuUsage.TotalTime.TotalMilliseconds:N0} ms of processor time since its start"));
            server.Restart();
        }
    }

    public static void Run()
    {
        using var child = Process.Start(new ProcessStartInfo("dotnet",
            [typeof(RequestSpeed).Assembly.Location, ServerWord])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var client = new OpenAiChatClient(new Uri(child.StandardOutput.ReadLine()!), "m");
        for (var round = 0; round < 4; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var came = new ChatPool([client], new() { MaxInFlight = Places }).AskAsync(Tasks()).CountAsync()
                .AsTask().GetAwaiter().GetResult();
            var spent = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / came;
            child.StandardInput.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(round == 0 ? "from the start on" : "warm")}: client {spent:F3} ms of processor time a request; "
                    + $"{child.StandardOutput.ReadLine()}"));
        }

        child.StandardInput.Close();
        child.WaitForExit();
    }

    private static IAsyncEnumerable<ChatTask> Tasks() => Enumerable.Range(0, Requests).Select(i =>
        new ChatTask($"t{i}", [new(ChatRole.User, $"question {i}")], Sampling, (ulong)i << 20)).ToAsyncEnumerable();
}
