using System.Text.Json.Nodes;
using Phi4R.Cli;

namespace Phi4R.Tests.Cli;

/// <summary>No field of a request is passed over that would have changed the answer.</summary>
public sealed class ServedFieldsTests
{
    // The parameters that a llama.cpp server of 2026-02-28 lists under /props.
    private static readonly string[] OfLlamaServer =
    [
        "backend_sampling", "chat_format", "dry_allowed_length", "dry_base", "dry_multiplier", "dry_penalty_last_n",
        "dynatemp_exponent", "dynatemp_range", "frequency_penalty", "ignore_eos", "lora", "max_tokens", "min_keep",
        "min_p", "mirostat", "mirostat_eta", "mirostat_tau", "n_discard", "n_keep", "n_predict", "n_probs",
        "post_sampling_probs", "presence_penalty", "reasoning_format", "reasoning_in_content", "repeat_last_n",
        "repeat_penalty", "samplers", "seed", "speculative.n_max", "speculative.n_min", "speculative.ngram_m_hits",
        "speculative.ngram_size_m", "speculative.ngram_size_n", "speculative.p_min", "speculative.type", "stream",
        "temperature", "thinking_forced_open", "timings_per_token", "top_k", "top_n_sigma", "top_p", "typical_p",
        "xtc_probability", "xtc_threshold",
    ];

    // The fields of vLLM's two requests, as its source has them on the same day.
    private static readonly string[] OfVllm =
    [
        "add_generation_prompt", "add_special_tokens", "allowed_token_ids", "bad_words", "cache_salt",
        "chat_template", "chat_template_kwargs", "continue_final_message", "documents", "ec_transfer_params", "echo",
        "frequency_penalty", "ignore_eos", "include_reasoning", "include_stop_str_in_output", "kv_transfer_params",
        "length_penalty", "logit_bias", "logprob_token_ids", "logprobs", "max_completion_tokens", "max_tokens",
        "media_io_kwargs", "min_p", "min_tokens", "mm_processor_kwargs", "model", "n", "parallel_tool_calls",
        "presence_penalty", "priority", "prompt_embeds", "prompt_logprobs", "reasoning_effort",
        "repetition_detection", "repetition_penalty", "request_id", "response_format", "return_mm_kwargs",
        "return_prompt_text", "return_token_ids", "return_token_offsets", "return_tokens_as_token_ids",
        "routed_experts_prompt_start", "seed", "session_id", "skip_special_tokens", "spaces_between_special_tokens",
        "stop", "stop_token_ids", "stream", "stream_interval", "stream_options", "structured_outputs", "suffix",
        "temperature", "thinking_token_budget", "tool_choice", "tools", "top_k", "top_p", "truncate_prompt_tokens",
        "truncation_side", "use_beam_search", "user", "vllm_xargs", "watermarking",
    ];

    public static TheoryData<string> Known => [.. OfLlamaServer.Union(OfVllm)];

    // A value that no field takes for nothing: what is known and refused says what it would have had to do.
    [Theory]
    [MemberData(nameof(Known))]
    public void A_field_of_other_servers_is_known_here(string name)
    {
        var row = new JsonObject { [name] = "a value of no meaning" };
        var problem = Record.Exception(() => ServedFields.Check(row, isChat: false));
        Assert.True(problem is null or InvalidDataException, $"{problem}");
        Assert.DoesNotContain("is no field", problem?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("min_tokens", "5")]
    [InlineData("continue_final_message", "true")]
    [InlineData("add_generation_prompt", "false")]
    [InlineData("truncate_prompt_tokens", "5")]
    [InlineData("bad_words", """["x"]""")]
    [InlineData("include_stop_str_in_output", "true")]
    [InlineData("guided_choice", """["A","B"]""")]
    [InlineData("chat_template", "\"{{ messages[0].content }}\"")]
    [InlineData("min_p", "0.05")]
    [InlineData("repetition_penalty", "1.1")]
    [InlineData("frequency_penalty", "-0.5")]
    [InlineData("mirostat", "2")]
    [InlineData("grammar", "\"root ::= [0-9]\"")]
    [InlineData("best_of", "3")]
    [InlineData("echo", "true")]
    [InlineData("tools", """[{"type":"function"}]""")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("response_format", """{"type":"text","schema":{}}""")]
    [InlineData("skip_special_tokens", "true")]
    [InlineData("samplers", """["top_k"]""")]
    [InlineData("n_predict", "5")]
    [InlineData("prompt_logprobs", "1")]
    public void A_field_that_would_change_the_answer_is_refused_and_named(string name, string value)
    {
        foreach (var isChat in new[] { false, true })
        {
            var row = new JsonObject { [name] = JsonNode.Parse(value) };
            var problem = Assert.Throws<InvalidDataException>(() => ServedFields.Check(row, isChat));
            Assert.StartsWith($"\"{name}\": ", problem.Message, StringComparison.Ordinal);
            Assert.EndsWith(", which this server cannot do; leave it out.", problem.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"echo": false, "best_of": 1, "frequency_penalty": 0, "presence_penalty": 0.0, "min_p": 0e0}""")]
    [InlineData("""{"logit_bias": {}, "suffix": null, "response_format": {"type": "text"}}""")]
    [InlineData("""{"tools": [], "tool_choice": "auto"}""")]
    [InlineData("""{"min_tokens": 0, "repetition_penalty": 1.0, "skip_special_tokens": false, "top_n_sigma": -1}""")]
    [InlineData("""{"user": "u", "metadata": {"a": "b"}, "store": true, "stream_options": {"include_usage": true}}""")]
    [InlineData("""{"service_tier": "auto", "priority": 3, "mirostat_tau": 5, "xtc_threshold": 0.1}""")]
    [InlineData("""{"chat_template": null, "samplers": null, "anything": null}""")]
    public void What_asks_for_nothing_is_accepted(string row)
    {
        foreach (var isChat in new[] { false, true })
        {
            Assert.Null(Record.Exception(() => ServedFields.Check(JsonNode.Parse(row)!.AsObject(), isChat)));
        }
    }

    [Theory]
    [InlineData("temprature", false)]
    [InlineData("messages", false)]
    [InlineData("top_logprobs", false)]
    [InlineData("prompt", true)]
    [InlineData("Temperature", true)]
    public void A_field_that_the_endpoint_does_not_have_is_refused_with_those_that_it_has(string name, bool isChat)
    {
        var row = new JsonObject { [name] = 1 };
        var problem = Assert.Throws<InvalidDataException>(() => ServedFields.Check(row, isChat));
        Assert.Contains($"\"{name}\" is no field of this endpoint", problem.Message, StringComparison.Ordinal);
        Assert.Contains(isChat ? "messages" : "prompt", problem.Message, StringComparison.Ordinal);
        Assert.Contains("temperature", problem.Message, StringComparison.Ordinal);
    }
}
