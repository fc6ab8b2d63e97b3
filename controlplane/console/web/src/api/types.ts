import type { components } from './generated/schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type Mistake = Schemas['Mistake'];
export type Session = Schemas['Session'];
export type User = Schemas['User'];
export type Role = Schemas['Role'];
export type Tenant = Schemas['Tenant'];
export type Group = Schemas['Group'];
export type Draft = Schemas['Draft'];
export type Changes = Schemas['Changes'];
export type Differences = Schemas['Differences'];
export type Delivery = Schemas['Delivery'];
export type DeliveryState = Schemas['DeliveryState'];
export type GatewayDelivery = Schemas['GatewayDelivery'];
export type Gateway = Schemas['Gateway'];
export type Port = Schemas['Port'];
export type Activation = Schemas['Activation'];
export type Diagnostic = Schemas['Diagnostic'];
export type DiagnosticOp = Schemas['NewDiagnostic']['op'];
export type Event = Schemas['Event'];
export type AuditEntry = Schemas['AuditEntry'];
export type Policy = Schemas['Policy'];
export type IpsRule = Schemas['IpsRule'];
export type IpsRuleCheck = Schemas['IpsRuleCheck'];
export type IpsRuleFinding = Schemas['IpsRuleFinding'];
