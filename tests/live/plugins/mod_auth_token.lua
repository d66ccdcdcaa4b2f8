-- Test stand-in for a token authentication provider: SASL ANONYMOUS, admitted by the
-- HS256 token in the websocket URL. Words of refusal are those a Jitsi server uses.
local encodings = require "util.encodings";
local hashes = require "util.hashes";
local http = require "util.http";
local uuid = require "util.uuid".generate;
local wall = require "util.time".now;

local found, json = pcall(require, "cjson.safe");
if not found then json = require "util.json"; end

local secret = module:get_option_string("app_secret", "");
local app_id = module:get_option_string("app_id", "");
local allow_empty = module:get_option_boolean("allow_empty_token", false);

local function unbase64url(text)
	local padded = text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#text % 4);
	return encodings.base64.decode(padded);
end

local function object(segment, words)
	local text = unbase64url(segment);
	local value = text and json.decode(text);
	if type(value) ~= "table" then return nil, words; end
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
	if claims.exp ~= nil then
		if type(claims.exp) ~= "number" then return "exp must be number"; end
		if now >= claims.exp then
			return ("Not acceptable by exp (%d sec since expired)"):format(math.floor(now - claims.exp));
		end
	end
	if claims.nbf ~= nil then
		if type(claims.nbf) ~= "number" then return "nbf must be number"; end
		if now < claims.nbf then return "Not acceptable by nbf"; end
	end
end

local function check_parties(claims)
	if claims.iss == nil then return "'iss' claim is missing"; end
	if claims.iss ~= app_id then return "invalid 'iss' claim"; end
	if claims.aud == nil then return "'aud' claim is missing"; end
	if type(claims.room) ~= "string" then return "'room' claim is missing"; end
end

-- The claims of a good token, or nil and the words of the refusal.
local function verify(token)
	local head, body, signature = token:match("^([^.]+)%.([^.]+)%.([^.]+)$");
	if not head then return nil, "Invalid token"; end
	local header, words = object(head, "Invalid header");
	if not header then return nil, words; end
	local claims;
	claims, words = object(body, "Invalid body");
	if not claims then return nil, words; end
	if header.typ ~= "JWT" then return nil, "Invalid typ"; end
	if header.alg ~= "HS256" then return nil, "Invalid or incorrect alg"; end
	local expected = hashes.hmac_sha256(secret, head .. "." .. body);
	if not same(expected, unbase64url(signature) or "") then return nil, "Invalid signature"; end
	words = check_times(claims, math.floor(wall())) or check_parties(claims);
	if words then return nil, words; end
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
