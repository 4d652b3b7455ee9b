using System.CommandLine;
using Microsoft.Extensions.Hosting;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Runs;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>Talking to a model on disk, in the terminal or over HTTP.</summary>
internal static class ChatVerbs
{
    public static IEnumerable<Command> All() => [Chat(), Serve()];

    private static Command Chat()
    {
        var (model, dtype, rope) = (ModelOptions.Model(), ModelOptions.Type(), ModelOptions.Rope());
        var temperature = new Option<double>("--temperature")
        {
            Description = "0 takes the likeliest token.",
            DefaultValueFactory = _ => 0.6,
        };
        var topP = new Option<double>("--top-p")
        {
            Description = "Share of the likeliest tokens that can be sampled.",
            DefaultValueFactory = _ => 0.95,
        };
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Tokens of an answer at the most.",
            DefaultValueFactory = _ => 4096,
        };
        var seed = new Option<long>("--seed")
        {
            Description = "What the answers are sampled from.",
            DefaultValueFactory = _ => 1,
        };
        Command command = new("chat", "Talks with a model in the terminal. Control-C stops an answer; an empty line "
            + "ends the talk.")
        {
            model,
            dtype,
            rope,
            temperature,
            topP,
            tokens,
            seed,
        };
        command.SetAction(words => ModelOptions.Clearly("chat", () =>
        {
            NativeLibraries.Prepare();
            using var served = ServedModel.Load(words.GetRequiredValue(model), ModelOptions.Type(words.GetValue(dtype)),
                ModelOptions.Rope(words.GetValue(rope)));
            if (served.Tokenizer is null)
            {
                _ = served.Encode("");
            }

            using var engine = served.Start();
            var config = new SamplingConfig
            {
                Temperature = words.GetValue(temperature),
                TopP = words.GetValue(topP),
                MaxTokens = words.GetValue(tokens),
            };
            if (!Console.IsOutputRedirected)
            {
                Console.WriteLine($"Such as:\n  {string.Join("\n  ", ExampleQuestions.For(served.Tokenizer))}");
            }

            Talk(served, engine, config, words.GetValue(seed), Console.In, Console.Out,
                isTerminal: !Console.IsOutputRedirected);
            return 0;
        }));
        return command;
    }

    private static Command Serve()
    {
        var (dtype, rope) = (ModelOptions.Type(), ModelOptions.Rope());
        var model = new Option<string[]>("--model")
        {
            Description = ModelOptions.Model().Description + " Several are served side by side, each under its name.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "Where to listen, on this machine alone.",
            DefaultValueFactory = _ => 8000,
        };
        var key = new Option<string?>("--api-key")
        {
            Description = "What requests must bring as \"Authorization: Bearer KEY\"; "
                + $"else {ServerAccess.KeyVariable}, which no list of processes shows, else none is wanted.",
        };
        var origins = new Option<string[]>("--cors")
        {
            Description = "Origins whose web pages may ask, such as http://localhost:3000; else no other page may.",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        var folder = new Option<string?>("--weights-folder")
        {
            Description = "A folder under which POST /update_weights_from_disk may load other weights of the same "
                + "sizes; else none may be loaded.",
        };
        Command command = new(
            "serve", "Serves models, OpenAI-compatible (/v1/models, /v1/completions, /v1/chat/completions), and a page "
            + "at / to talk to them.")
        {
            model, dtype, rope, port, key, origins, folder,
        };
        command.SetAction(words => ModelOptions.Clearly("serve", () =>
        {
            if (words.GetValue(port) is < 0 or > ushort.MaxValue)
            {
                throw new ArgumentException($"--port is {words.GetValue(port)}; it must be 1 to {ushort.MaxValue}, "
                    + "or 0 for any that is free.");
            }

            var access = new ServerAccess
            {
                ApiKey = words.GetValue(key) ?? HostEnvironment.ApiKey,
                Origins = words.GetRequiredValue(origins),
            };
            NativeLibraries.Prepare();
            using var models = Load(words.GetRequiredValue(model), ModelOptions.Type(words.GetValue(dtype)),
                ModelOptions.Rope(words.GetValue(rope)), words.GetValue(folder));
            using var app = new OpenAiServer(models, access).Build(words.GetValue(port));
            app.Start();
            var address = string.Join(", ", app.Urls);
            Console.Error.WriteLine($"{string.Join(", ", models.Names)} {(models.IsSingle ? "is" : "are")} served at "
                + $"{address}/v1");
            Console.Error.WriteLine($"to talk in a browser, open {address}");
            app.WaitForShutdown();
            return 0;
        }));
        return command;
    }

    private static ServedModels Load(
        IReadOnlyList<string> folders, TorchSharp.torch.ScalarType? dtype, RopePolicy? rope, string? weightsFolder)
    {
        if (weightsFolder is not null && folders.Count > 1)
        {
            throw new ArgumentException($"--weights-folder replaces the weights of one model, and --model names "
                + $"{folders.Count}; serve each in a process of its own.");
        }

        List<(ServedModel, ServedWeights)> models = [];
        foreach (var folder in folders)
        {
            var served = ServedModel.Load(folder, dtype, rope);
            models.Add((served, new ServedWeights(served, served.Start(), weightsFolder)));
        }

        return new ServedModels(models);
    }

    /// <summary>Answers line after line until an empty one or the end; what the model thinks is dimmed.</summary>
    /// <remarks>What the model wrote is shown, never obeyed: what would drive the terminal is spelled out.</remarks>
    internal static void Talk(ServedModel served, Engine engine, SamplingConfig config, long seed, TextReader input,
        TextWriter output, bool isTerminal)
    {
        List<ChatMessage> messages = [];
        for (var turn = 0; ; turn++)
        {
            output.Write(isTerminal ? "> " : "");
            output.Flush();
            if (input.ReadLine() is not { Length: > 0 } line)
            {
                return;
            }

            try
            {
                // The pocket model was taught single questions.
                messages = served.Tokenizer is PocketTokenizer ? [] : messages;
                messages.Add(new ChatMessage("user", line));
                var prompt = served.Encode(messages);
                var room = Math.Max(1, served.Config.MaxPositions - prompt.Length);
                var answer = Stream(served, engine, prompt, config with
                {
                    MaxTokens = Math.Min(config.MaxTokens, room),
                }, Randomness.For(seed, "chat", turn), output, isTerminal);
                messages.Add(new ChatMessage("assistant", answer));
            }
            catch (ArgumentException problem)
            {
                messages.RemoveAt(messages.Count - 1);
                output.WriteLine(TerminalText.Inert(problem.Message));
            }
        }
    }

    private static string Stream(ServedModel served, Engine engine, int[] prompt, SamplingConfig config,
        RandomStream stream, TextWriter output, bool isTerminal)
    {
        using var cancel = new CancellationTokenSource();
        ConsoleCancelEventHandler stop = (_, args) =>
        {
            args.Cancel = true;
            cancel.Cancel();
        };
        var text = new TextStream(served.Tokenizer!);
        var thinking = new DimmedThinking();
        var whole = new System.Text.StringBuilder();
        Console.CancelKeyPress += stop;
        try
        {
            var drawing = engine.Draw(new SampleRequest(prompt, [stream]), config, served.StopIds, Show,
                cancel: cancel.Token);
            var sample = drawing.GetAwaiter().GetResult()[0];
            Write(text.End());
            output.Write(isTerminal ? thinking.End() : "");
            output.WriteLine(sample.IsTruncated ? " [truncated]" : "");
        }
        catch (OperationCanceledException)
        {
            output.Write(isTerminal ? thinking.End() : "");
            output.WriteLine(" [stopped]");
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }

        return whole.ToString();

        bool Show(SampledToken token)
        {
            if (token.Finish != FinishReason.Stop && !cancel.IsCancellationRequested)
            {
                Write(text.Add(token.Token));
            }

            return true;
        }

        void Write(string piece)
        {
            whole.Append(piece);
            var shown = TerminalText.Inert(piece);
            output.Write(isTerminal ? thinking.Add(shown) : shown);
            output.Flush();
        }
    }
}
