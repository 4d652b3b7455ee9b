using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Phi4R.Model;
using static Phi4R.Tests.Inference.ConformanceTests;

namespace Phi4R.Tests.Inference;

/// <summary>Policies that are handed over to servers by their adapters.</summary>
public sealed class AdapterHandOverTests
{
    private static readonly LoraConfig Lora = new() { Rank = 2, Alpha = 4 };

    [Theory]
    [InlineData(ServerKind.Vllm)]
    [InlineData(ServerKind.SgLang)]
    public async Task A_server_that_was_started_on_the_base_is_given_adapters_alone(ServerKind kind)
    {
        var shared = Project.Scratch();
        using var policy = Policy(7);
        var started = Folder(policy);
        await using var one = await ConformanceServer.StartAsync(kind, started, lora: true);
        await using var other = await ConformanceServer.StartAsync(kind, started, lora: true);
        await using (var pool = new RemotePool([
            await ConnectAsync(kind, one, shared, handOver: WeightHandOver.Adapters),
            await ConnectAsync(kind, other, shared, handOver: WeightHandOver.Adapters)]))
        {
            LowRankAdapters.On(policy, Lora, 1);
            for (var step = 1; step <= 3; step++)
            {
                Learn(policy, step);
                await pool.LoadAsync(policy, $"step {step}");
                await SaysAsTheLocalEngine(pool, policy, $"step {step}");

                // The last step's alone are kept, here and there.
                var folder = Assert.Single(Directory.GetFileSystemEntries(shared));
                Assert.EndsWith($"step {step}", folder, StringComparison.Ordinal);
                Assert.All([one, other],
                    server => Assert.Equal(Path.GetFileName(folder), Assert.Single(server.Adapters.Keys)));
            }
        }

        Assert.All([one, other], server =>
        {
            Assert.DoesNotContain(server.Asked, path => path is "/collective_rpc" or "/update_weights_from_disk");
            Assert.Equal(3, server.Asked.Count(path => path.EndsWith("/load_lora_adapter", StringComparison.Ordinal)));
        });
        Assert.Empty(Directory.GetFileSystemEntries(shared));
    }

    [Fact]
    public async Task A_server_that_was_started_on_others_is_given_the_base_once()
    {
        var shared = Project.Scratch();
        using var before = Policy(8);
        using var policy = Policy(7);
        await using var server = await ConformanceServer.StartAsync(ServerKind.SgLang, Folder(before), lora: true);
        await using var remote =
            await ConnectAsync(ServerKind.SgLang, server, shared, handOver: WeightHandOver.Adapters);
        LowRankAdapters.On(policy, Lora, 1);
        for (var step = 1; step <= 2; step++)
        {
            Learn(policy, step);
            await remote.LoadAsync(policy, $"step {step}");
            await SaysAsTheLocalEngine(remote, policy, $"step {step}");
        }

        Assert.Equal(1, server.Asked.Count(path => path == "/update_weights_from_disk"));
        Assert.Equal(2, server.Asked.Count(path => path == "/load_lora_adapter"));

        // Merged, a policy is weights like any other, and adapters that stand on it need it as their base.
        policy.Adapters!.Merge();
        await remote.LoadAsync(policy, "merged");
        await SaysAsTheLocalEngine(remote, policy, "merged");
        Assert.Empty(server.Adapters);
        Assert.Empty(Directory.GetFileSystemEntries(shared));
        LowRankAdapters.On(policy, Lora, 2);
        Learn(policy, 9);
        await remote.LoadAsync(policy, "next stage");
        await SaysAsTheLocalEngine(remote, policy, "next stage");
        Assert.Equal(3, server.Asked.Count(path => path == "/update_weights_from_disk"));
    }

    [Theory]
    [InlineData(ServerKind.Vllm, true, "StaleWeights", "answers with those that it had before")]
    [InlineData(ServerKind.SgLang, true, "StaleWeights", "answers with those that it had before")]
    [InlineData(ServerKind.Vllm, true, "WrongLogProbs", "other weights than the policy's")]
    [InlineData(ServerKind.Vllm, false, "None", "Start vLLM with --enable-lora")]
    [InlineData(ServerKind.SgLang, false, "None", "LoRA is not enabled.")]
    public async Task Each_fault_of_a_server_is_named_when_adapters_are_handed_over(
        ServerKind kind, bool lora, string fault, string named)
    {
        var shared = Project.Scratch();
        using var policy = Policy(7);
        await using var server = await ConformanceServer.StartAsync(kind, Folder(policy), lora);
        await using var remote = await ConnectAsync(kind, server, shared, handOver: WeightHandOver.Adapters);
        LowRankAdapters.On(policy, Lora, 1);
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            Learn(policy, 1);
            await remote.LoadAsync(policy, "step 1");
            server.Fault = Enum.Parse<Fault>(fault);
            Learn(policy, 2);
            await remote.LoadAsync(policy, "step 2");
        });
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    // vLLM under adapters knows its weights by other names, and reloads none.
    [Fact]
    public async Task Vllm_that_was_started_on_others_is_refused_and_both_are_named()
    {
        using var before = Policy(8);
        using var policy = Policy(7);
        var started = Folder(before);
        await using var server = await ConformanceServer.StartAsync(ServerKind.Vllm, started, lora: true);
        await using var remote =
            await ConnectAsync(ServerKind.Vllm, server, Project.Scratch(), handOver: WeightHandOver.Adapters);
        LowRankAdapters.On(policy, Lora, 1);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => remote.LoadAsync(policy, "step 1"));
        Assert.Contains("KeyError", error.Message, StringComparison.Ordinal);
        Assert.Contains($"weights in {started} are others", error.Message, StringComparison.Ordinal);
        Assert.Contains("issue 39934", error.Message, StringComparison.Ordinal);
    }

    private static async Task SaysAsTheLocalEngine(
        Phi4R.Inference.IGenerator remote, LanguageModel policy, string version)
    {
        await using var local = LocalGenerator.Of(policy, version);
        var request = ConformanceTests.Request;
        foreach (var (here, there) in (await local.GenerateAsync(request)).Zip(await remote.GenerateAsync(request)))
        {
            Assert.Equal(here.TokenIds, there.TokenIds);
            Assert.Equal((here.Finish, version), (there.Finish, there.WeightsVersion));
        }
    }

    // As if a step had moved them far.
    private static void Learn(LanguageModel policy, int seed)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (_, matrix) in policy.Adapters!.Matrices)
        {
            matrix.copy_(randn(matrix.shape, generator: generator) * 0.1);
        }
    }
}
