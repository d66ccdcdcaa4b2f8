-- Test stand-in for a token authentication provider: SASL ANONYMOUS, admitted by the token in
-- the websocket URL, signed with HS256 or what signature_algorithm says. The order of the checks,
-- the words of refusal and the cases in which it fails without a word are those of a Jitsi server.
local encodings = require "util.encodings";
local hashes = require "util.hashes";
local http = require "util.http";
local uuid = require "util.uuid".generate;
local wall = require "util.time".now;

local found, json = pcall(require, "cjson.safe");
if not found then json = require "util.json"; end

local secret = module:get_option_string("app_secret", "");
local app_id = module:get_option_string("app_id", "");
local algorithm = module:get_option_string("signature_algorithm", "HS256");
local sign = hashes["hmac_sha"..algorithm:match("%d+")];
local accepted_issuers = module:get_option_array("asap_accepted_issuers", { app_id });
local accepted_audiences = module:get_option_array("asap_accepted_audiences", { "*" });
local verifies_domain = module:get_option_boolean("enable_domain_verification", false);
local allow_empty = module:get_option_boolean("allow_empty_token", false);

local function unbase64url(text)
	text = text:gsub("=", "");
	if text:find("[^%w_-]") then return nil; end
	local padded = text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#text % 4);
	return encodings.base64.decode(padded);
end

local function object(segment, words)
	local text = unbase64url(segment);
	local value = text and json.decode(text);
	if value == nil then return nil, words; end
	-- Lua finds no field in a string, and goes on; on anything else it fails.
	if type(value) == "string" then return {}; end
	if type(value) ~= "table" then error("a part of the token is no object"); end
	return value;
end

local function same(a, b)
	if #a ~= #b then return false; end
	local difference = 0;
	for i = 1, #a do
		if a:byte(i) ~= b:byte(i) then difference = difference + 1; end
	end
	return difference == 0;
end


local function check_times(claims, now)
	if claims.exp and type(claims.exp) ~= "number" then return "exp must be number"; end
	if claims.nbf and type(claims.nbf) ~= "number" then return "nbf must be number"; end
	if claims.exp and now >= claims.exp then
		return ("Not acceptable by exp (%d sec since expired)"):format(math.floor(now - claims.exp));
	end
	if claims.nbf and now < claims.nbf then return "Not acceptable by nbf"; end
end

local function check_party(claims, name, accepted)
	local claim = claims[name];
	if claim == nil then return ("'%s' claim is missing"):format(name); end
	for _, one in ipairs(accepted) do
		if one == "*" or one == claim then return nil; end
	end
	return ("invalid '%s' claim"):format(name);
end

local function segments_of(token)
	local segments = {};
	for segment in token:gmatch("[^.\\]+") do table.insert(segments, segment); end
	return segments;
end

-- The claims of a good token, or nil and the words of the refusal.
local function verify(token)
	local segments = segments_of(token);
	if #segments ~= 3 then return nil, "Invalid token"; end
	local head, body = segments[1], segments[2];
	local header, words = object(head, "Invalid header");
	if not header then return nil, words; end
	local claims;
	claims, words = object(body, "Invalid body");
	if not claims then return nil, words; end
	local signature = unbase64url(segments[3]);
	if header.typ ~= "JWT" then return nil, "Invalid typ"; end
	if header.alg ~= algorithm then return nil, "Invalid or incorrect alg"; end
	if not same(sign(secret, head .. "." .. body), signature or "") then return nil, "Invalid signature"; end
	words = check_times(claims, math.floor(wall()))
		or check_party(claims, "iss", accepted_issuers)
		or check_party(claims, "aud", accepted_audiences);
	if words then return nil, words; end
	-- On these a Jitsi server fails with an error of its own, and the client hears nothing.
	if claims.room == nil then error("there is no room claim"); end
	if verifies_domain and claims.sub == nil then error("there is no sub claim"); end
	local user = type(claims.context) == "table" and claims.context.user;
	if user and type(user) ~= "table" then error("context.user is no object"); end
	return claims;
end

local function fill(session, claims)
	local context = type(claims.context) == "table" and claims.context or {};
	session.jitsi_meet_context_user = context.user;
	session.jitsi_meet_context_features = context.features;
	session.jitsi_meet_context_group = context.group;
	session.jitsi_meet_context_room = context.room;
	session.jitsi_meet_room = claims.room;
	session.jitsi_meet_domain = claims.sub;
	session.jitsi_meet_auth_issuer = claims.iss;
end

-- nil when the session may come in, else the words of the refusal.
local function refusal(session)
	local token = session.auth_token;
	if token == nil then
		return not allow_empty and "token required" or nil;
	end
	local claims, words = verify(token);
	if claims then
		fill(session, claims);
		return nil;
	end
	-- Handlers of authentication-failure must not find the token either: Jitsi clears it first.
	session.auth_token = nil;
	return words;
end

-- A stream is resumed under its old name only, so the name of that session is taken again.
local function name_for(session)
	local previous = session.mucmon_previd;
	if previous then
		for name, user in pairs(prosody.hosts[module.host].sessions) do
			for _, other in pairs(user.sessions) do
				if other.resumption_token == previous then return name; end
			end
		end
	end
	return uuid();
end

local handler = {};
handler.__index = handler;

local function new_handler(session)
	return setmetatable({ session = session, mechs = { ANONYMOUS = true } }, handler);
end

function handler:mechanisms() return self.mechs; end

function handler:clean_clone() return new_handler(self.session); end

function handler:select(mechanism)
	if self.selected or not self.mechs[mechanism] then return nil; end
	self.selected = mechanism;
	return true;
end

function handler:process()
	local words = refusal(self.session);
	if words then
		module:log("info", "Refused: %s", words);
		return "failure", "not-allowed", words;
	end
	self.username = name_for(self.session);
	return "success";
end

local function query_of(request)
	local text = request and request.url and request.url.query;
	local values = text and http.formdecode(text);
	return type(values) == "table" and values or {};
end

module:hook_global("websocket-session", function (event)
	local query = query_of(event.request);
	local session = event.session;
	session.auth_token = query.token;
	session.jitsi_web_query_room = query.room;
	session.jitsi_web_query_prefix = query.prefix or "";
	session.mucmon_previd = query.previd;
	session.user_agent_header = event.request.headers.user_agent;
end);

local provider = {};

local function unsupported() return nil, "Only tokens are known here."; end

provider.test_password = unsupported;
provider.get_password = unsupported;
provider.set_password = unsupported;
provider.user_exists = unsupported;
provider.create_user = unsupported;
provider.get_sasl_handler = new_handler;

function provider.users()
	return next, prosody.hosts[module.host].sessions, nil;
end

module:provides("auth", provider);
