using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Phi4R.Data;
using Phi4R.Tests.Cluster;
using Phi4R.Tests.Inference;
using Phi4R.Tests.Stages;

namespace Phi4R.Tests.Cli;

/// <summary>What the command line sends to a collector of OpenTelemetry, over a loopback port.</summary>
public sealed class TelemetryExportTests
{
    [Fact]
    public async Task Metrics_and_traces_go_where_the_standards_variables_say_and_nowhere_else()
    {
        ConcurrentQueue<(string Path, string Body)> sent = [];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        await using var collector = builder.Build();
        collector.MapPost("/{**path}", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            sent.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        await collector.StartAsync();
        await using var server = await FaultyChatServer.StartAsync(DistillServersTests.Unique);
        var folder = Project.Scratch();
        var file = Path.Combine(folder, "problems.jsonl");
        ProblemFile.Write(file, DistillServersTests.Problems(3));
        (string, string)[] standard =
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "the-lab"),
        ];
        Assert.Equal(0, await Run("on", standard));

        // Names and texts stand in the messages as they are; what is counted is held elsewhere to the last token.
        var metrics = string.Concat(sent.Where(one => one.Path == "/v1/metrics").Select(one => one.Body));
        var traces = string.Concat(sent.Where(one => one.Path == "/v1/traces").Select(one => one.Body));
        Assert.All((string[])["phi4r.tokens", "phi4r.completions", "phi4r.requests.in_flight", "phi4r.requests.queued",
            "phi4r.request.duration", "phi4r.parts.in_flight", "the-lab"],
            name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.All((string[])["completion/p0/0#", "completion/p2/1#", "distill-", "the-lab"],
            name => Assert.Contains(name, traces, StringComparison.Ordinal));

        sent.Clear();
        Assert.Equal(0, await Run("off", [.. standard, ("OTEL_SDK_DISABLED", "true")]));
        Assert.Empty(sent);
        Assert.Equal(1, await Run("wrong", [("OTEL_EXPORTER_OTLP_ENDPOINT", "the collector")]));

        async Task<int> Run(string name, IEnumerable<(string, string)> environment)
        {
            using var command = new WorkerProcess(environment, "distill", "--problems", file, "--endpoint",
                $"{server.Address}v1", "--model", "m", "--samples", "2", "--out", Path.Combine(folder, name));
            return await command.EndAsync();
        }
    }

    [Fact]
    public async Task A_key_is_handed_to_no_worker()
    {
        using var command = new WorkerProcess("distill", "--problems", "x.jsonl", "--endpoint", "http://127.0.0.1:1",
            "--model", "m", "--api-key-variable", "KEY", "--cluster", "localhost:1", "--out", Project.Scratch());
        Assert.Equal(1, await command.EndAsync());
        Assert.Contains("--api-key-variable names a key, which is handed to no worker", command.Text,
            StringComparison.Ordinal);
    }
}
