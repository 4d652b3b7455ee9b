using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Training;

namespace Phi4R.Tests.Stages;

public sealed class PreferenceTests
{
    private static readonly RolloutDpoConfig Config = new()
    {
        Loss = PreferenceLoss.Dpo,
        LengthNormalized = false,
        Beta = 0.5,
        NllWeight = 0,
        BatchSize = 6,
        MicroBatchSize = 4,
        Epochs = 1,
        Optimizer = ResumeTests.Optimizer,
    };

    // Margin 3 nats, beta 0.25, target 1 / (2 * 0.25) = 2: (3 - 2)^2 = 1, with the gradient 2 (3 - 2) = 2.
    [Fact]
    public void Identity_loss_equals_the_value_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var chosen = tensor([-5.0, -7.0]).requires_grad_(true);
        var losses = Losses.Ipo(chosen, tensor([-9.0, -9.0]), tensor([-6.0, -6.0]), tensor([-7.0, -6.0]), beta: 0.25);
        Compare.Close(tensor([1.0, 0.0]), losses, 1e-12);
        losses.sum().backward();
        Compare.Close(tensor([2.0, 0.0]), chosen.grad!, 1e-12);
    }

    // A loop of doubles over the model's log-probabilities, for each kind of loss.
    [Theory]
    [InlineData(PreferenceLoss.Dpo, false, 0.0)]
    [InlineData(PreferenceLoss.Dpo, true, 0.0)]
    [InlineData(PreferenceLoss.Dpo, false, 0.7)]
    [InlineData(PreferenceLoss.Ipo, false, 0.0)]
    [InlineData(PreferenceLoss.Ipo, true, 0.3)]
    public void The_first_steps_loss_is_that_of_a_plain_loop(PreferenceLoss kind, bool normalized, double likelihood)
    {
        using var model = SmallModel.Create();
        using var other = SmallModel.Create(seed: 2);
        var pairs = Pairs();
        var config = Config with { Loss = kind, LengthNormalized = normalized, NllWeight = likelihood };
        double expected = 0, margins = 0, inOrder = 0;
        foreach (var pair in pairs)
        {
            var (chosenLength, rejectedLength) = (pair.Chosen.Length, pair.Rejected.Length);
            var (w, l) = (LogProbability(model, pair.Prompt, pair.Chosen)
                - LogProbability(other, pair.Prompt, pair.Chosen), LogProbability(model, pair.Prompt, pair.Rejected)
                    - LogProbability(other, pair.Prompt, pair.Rejected));
            var margin = normalized ? (w / chosenLength) - (l / rejectedLength) : w - l;
            expected += kind == PreferenceLoss.Dpo
                ? Math.Log(1 + Math.Exp(-0.5 * margin))
                : (margin - 1) * (margin - 1);
            expected -= likelihood * LogProbability(model, pair.Prompt, pair.Chosen) / chosenLength;
            margins += 0.5 * margin;
            inOrder += margin > 0 ? 1 : 0;
        }

        var report = RolloutDpo.Run(model, pairs, RolloutDpo.Reference(other, pairs, config, padTokenId: 0), config,
            padTokenId: 0, seed: 1)[0];
        Assert.Equal(expected / 6, report.Loss, tolerance: 1e-4);
        Assert.Equal(margins / 6, report.Margin, tolerance: 1e-4);
        Assert.Equal(inOrder / 6, report.Accuracy, tolerance: 1e-9);
    }

    [Fact]
    public void The_references_values_are_computed_once_for_each_set_of_weights_and_pairs()
    {
        using var model = SmallModel.Create();
        var (folder, pairs) = (Project.Scratch(), Pairs());
        List<string> said = [];
        var first = Take(model, pairs);
        Assert.Empty(said);
        Assert.Equal(first, Take(model, pairs));
        Assert.Contains("are taken from", said.Single(), StringComparison.Ordinal);
        Assert.Equal(first, RolloutDpo.Reference(model, pairs, Config, padTokenId: 0));

        // Other pairs, or one weight moved by its last bit, are another file.
        Take(model, pairs[..5]);
        using (no_grad())
        {
            model.Parameters[0].Weight.view(-1)[0] *= 1.0000002f;
        }

        Take(model, pairs);
        Assert.Single(said);
        Assert.Equal(3, Directory.GetFiles(folder).Length);

        IReadOnlyList<(double, double)> Take(LanguageModel reference, IReadOnlyList<PreferencePair> some) =>
            ReferenceLogProbCache.Take(folder, reference, some, Config, padTokenId: 0, said.Add);
    }

    // The same weights turned by the short list of factors, or multiplied in 16 bits, say something else of the same
    // pairs.
    [Fact]
    public void The_references_values_are_not_taken_from_a_model_that_computes_otherwise()
    {
        using var model = SmallModel.Create();
        using var turned = SmallModel.Create(SmallModel.Config with { RopePolicy = RopePolicy.ByLength });
        using var halved = SmallModel.Create();
        halved.Memory = halved.Memory with { Bf16Matmul = true };
        Assert.Equal(Phi4R.Checkpoints.Weights.Hash(model), Phi4R.Checkpoints.Weights.Hash(turned));
        var folder = Project.Scratch();
        foreach (var reference in new[] { model, turned, halved })
        {
            ReferenceLogProbCache.Take(folder, reference, Pairs(), Config, padTokenId: 0);
        }

        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    // Logits of 16-bit weights were rounded to 16 bits once. The key of that time is written out by hand, and a whole
    // and sealed file of it lies in the folder.
    [Fact]
    public void Values_of_the_time_when_logits_of_16_bit_weights_were_rounded_are_made_again()
    {
        using var model = SmallModel.Create(dtype: ScalarType.BFloat16);
        var (folder, pairs) = (Project.Scratch(), Pairs());
        var inputs = $"{Phi4R.Checkpoints.Weights.Hash(model)} {JsonSerializer.Serialize(model.Config)} BFloat16 "
            + $"whole CPU 6 {Config.MicroBatchSize} 0"
            + string.Concat(pairs.Select(pair =>
                $"\n{string.Join(',', pair.Prompt)};{string.Join(',', pair.Chosen)};"
                    + $"{string.Join(',', pair.Rejected)}"));
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inputs)));
        double[] values = [.. Enumerable.Repeat(-1.0, 12)];
        var seal = Convert.ToHexStringLower(
            SHA256.HashData([.. Encoding.UTF8.GetBytes(key), .. values.SelectMany(BitConverter.GetBytes)]));
        var old = JsonSerializer.Serialize(new { Key = key, Seal = seal, Values = values });
        File.WriteAllText(Path.Combine(folder, $"{key[..20]}.json"), old);
        List<string> said = [];
        var found = ReferenceLogProbCache.Take(folder, model, pairs, Config, padTokenId: 0, said.Add);
        Assert.Empty(said);
        Assert.Equal(RolloutDpo.Reference(model, pairs, Config, padTokenId: 0), found);
    }

    // Six pairs, two at a time; stopped when the second part's pairs are fetched.
    [Fact]
    public void A_reference_pass_that_was_stopped_goes_on_where_it_stopped()
    {
        using var model = SmallModel.Create();
        using var stop = new CancellationTokenSource();
        var (folder, pairs, config) = (Project.Scratch(), Pairs(), Config with { MicroBatchSize = 2 });
        var whole = ReferenceLogProbCache.Take(Project.Scratch(), model, pairs, config, padTokenId: 0);
        Assert.Throws<OperationCanceledException>(
            () =>
                ReferenceLogProbCache.Take(folder, model, new Watched(pairs, 3, stop.Cancel), config, padTokenId: 0,
                    cancel: stop.Token));
        List<string> said = [];
        Assert.Equal(whole, ReferenceLogProbCache.Take(folder, model, pairs, config, padTokenId: 0, said.Add));
        Assert.Contains("2 of 6 pairs are taken", said.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_of_reference_values_is_computed_again_and_it_is_said()
    {
        using var model = SmallModel.Create();
        var (folder, pairs) = (Project.Scratch(), Pairs());
        var whole = ReferenceLogProbCache.Take(folder, model, pairs, Config, padTokenId: 0);
        var path = Directory.GetFiles(folder).Single();
        var good = File.ReadAllText(path);
        foreach (var bad in new[]
        {
            good[..(good.Length / 2)],
            good.Replace("-1", "-2", StringComparison.Ordinal),
            "{}",
        })
        {
            File.WriteAllText(path, bad);
            List<string> said = [];
            Assert.Equal(whole, ReferenceLogProbCache.Take(folder, model, pairs, Config, padTokenId: 0, said.Add));
            Assert.Contains("is damaged", said.Single(), StringComparison.Ordinal);
            Assert.Equal(good, File.ReadAllText(path));
        }
    }

    [Theory]
    [InlineData(-0.1, 0.1, true)]
    [InlineData(0.1, 0.1, false)]
    [InlineData(-0.1, -0.1, false)]
    public void A_fall_of_the_right_answers_under_a_growing_margin_is_told(
        double chosenSlope, double marginSlope, bool warned)
    {
        var steps = Enumerable.Range(0, 20)
            .Select(step => new DpoReport
            {
                Step = step,
                Steps = 20,
                Loss = 0.5,
                GradientNorm = 1,
                LearningRate = 1e-5,
                Margin = marginSlope * step,
                Accuracy = 0.5,
                ChosenChange = chosenSlope * step,
                RejectedChange = 0,
                Tokens = 100,
                Seconds = 1,
            }).ToList();
        Assert.Equal(warned, LikelihoodDisplacement.Of(steps) is not null);
        Assert.Null(LikelihoodDisplacement.Of(steps[..15]));
    }

    // Rejected answers that share the chosen ones' tokens but for the last: pushing them down drags the right ones with
    // them.
    [Fact]
    public void Training_on_pairs_that_share_nearly_all_their_tokens_warns()
    {
        using var model = SmallModel.Create();
        var pairs = Enumerable.Range(0, 6)
            .Select(
                p => new PreferencePair($"{p}", SmallModel.Ids(4, p), [.. SmallModel.Ids(6, p + 50), 3],
                    [.. SmallModel.Ids(6, p + 50), 5])).ToList();
        var config = Config with
        {
            Epochs = 40,
            Beta = 0.1,
            Optimizer = ResumeTests.Optimizer with { PeakLearningRate = 1e-2 },
        };
        var reports = RolloutDpo.Run(model, pairs, RolloutDpo.Reference(model, pairs, config, padTokenId: 0), config,
            padTokenId: 0, seed: 1);
        Assert.Contains(reports,
            report => report.Warning?.Contains("both sides fall", StringComparison.Ordinal) == true);
    }

    private static List<PreferencePair> Pairs() =>
        [.. Enumerable.Range(0, 6)
            .Select(
                p => new PreferencePair($"{p}", SmallModel.Ids(4, p), SmallModel.Ids(3 + p, p + 50),
                    SmallModel.Ids(8 - p, p + 90)))];

    private static double LogProbability(LanguageModel model, int[] prompt, int[] answer)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var logs = nn.functional.log_softmax(model.call(SmallModel.AsTensor([.. prompt, .. answer])).squeeze(0), 1);
        return answer.Index().Sum(token => logs[prompt.Length + token.Index - 1, token.Item].AsDouble());
    }

    // Says when an element is fetched for the second time: the first time is for the hash of all.
    private sealed class Watched(IReadOnlyList<PreferencePair> pairs, int at, Action then)
        : IReadOnlyList<PreferencePair>
    {
        private int _passes;

        public int Count => pairs.Count;

        public PreferencePair this[int index] => pairs[index];

        public IEnumerator<PreferencePair> GetEnumerator()
        {
            for (var i = 0; i < pairs.Count; i++)
            {
                if (i == at && ++_passes == 2)
                {
                    then();
                }

                yield return pairs[i];
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
