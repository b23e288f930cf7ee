"""A company small enough to work out by hand, with every case that the money tables decide."""

import pathlib

from warehouse import write_raw

TABLES = {
    "app__customers": """
customer_id,brand,full_name,email,phone,birth_date,country_code,created_at,updated_at
c1,scoot,Kim Minji,minji@example.com,+82 1,1990-05-01,KR,2026-01-02 09:00:00,2026-01-02 09:00:00
c2,scoot,Ana Lopez,ana@example.com,+34 2,2010-03-04,DE,2026-01-05 09:00:00,2026-01-05 09:00:00
c3,learn,Yuki Sato,yuki@example.com,+81 3,,JP,2026-01-06 09:00:00,2026-01-06 09:00:00
""",
    "app__products": """
product_id,brand,product_name,category,list_price,currency,updated_at,_loaded_at
p1,scoot,Pass,pass,10.00,USD,2026-01-01 00:00:00,2026-01-01 01:00:00
p1,scoot,Pass,pass,10.00,USD,2026-01-10 00:00:00,2026-01-10 01:00:00
p1,scoot,Pass,pass,12.00,USD,2026-02-01 00:00:00,2026-02-01 01:00:00
p2,learn,Course,course,90.00,EUR,2026-01-01 00:00:00,2026-01-01 01:00:00
""",
    "app__orders": """
order_id,customer_id,order_type,ordered_at,paid_at,status,currency,discount_amount,updated_at,_loaded_at
o1,c1,purchase,2026-01-10 10:00:00,2026-01-11 10:00:00,paid,USD,1.00,2026-01-11 10:00:00,2026-01-11 11:00:00
o1,c1,purchase,2026-01-10 10:00:00,2026-01-11 10:00:00,refunded,USD,1.00,2026-02-20 10:00:00,2026-02-20 11:00:00
o2,c2,purchase,2026-01-12 10:00:00,,placed,EUR,0,2026-01-12 10:00:00,2026-01-12 11:00:00
o3,c2,purchase,2026-01-13 10:00:00,,placed,EUR,0,2026-01-13 10:00:00,2026-01-13 11:00:00
o4,c3,renewal,2026-02-03 10:00:00,,cancelled,KRW,0,2026-02-04 10:00:00,2026-02-04 11:00:00
o5,nobody,purchase,2026-02-05 10:00:00,2026-02-05 10:00:00,paid,USD,0,2026-02-05 10:00:00,2026-02-05 11:00:00
""",
    "app__order_items": """
order_id,line_number,product_id,quantity,unit_price
o1,1,p1,1,3.3333
o1,2,p1,1,3.3333
o1,3,p1,1,3.3334
o2,1,p2,1,90.00
o3,1,p2,1,45.00
o4,1,p2,1,20000
o5,1,p2,2,5.00
lost,1,p1,1,10.00
""",
    "app__order_status_events": """
order_id,status,occurred_at
o4,placed,2026-02-03 10:00:00
o4,paid,2026-02-03 12:00:00
o4,cancelled,2026-02-04 10:00:00
""",
    "app__subscription_changes": """
change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency
s1,a,c1,p1,started,2026-01-15 00:00:00,,10.00,USD
s2,a,c1,p1,upgraded,2026-02-10 00:00:00,,15.00,USD
s3,b,c2,p2,started,2026-01-20 00:00:00,,20.00,EUR
s4,b,c2,p2,cancelled,2026-02-01 00:00:00,2026-02-25 00:00:00,20.00,EUR
s5,c,c3,p2,started,2026-02-02 00:00:00,,30.00,EUR
s6,c,c3,p2,cancelled,2026-02-03 00:00:00,2026-02-28 00:00:00,30.00,EUR
s7,c,c3,p2,reactivated,2026-02-10 00:00:00,,30.00,EUR
""",
    "payments__payments": """
payment_id,order_id,customer_id,attempted_at,amount,currency,method,outcome,is_review_exempt
m1,o1,c1,2026-01-11 10:00:00,9.00,USD,card,succeeded,false
m2,o2,c2,2026-01-12 11:00:00,90.00,EUR,card,declined,false
m3,o2,c2,2026-01-14 11:00:00,90.00,EUR,card,succeeded,false
m4,lost,c3,2026-02-06 11:00:00,10.00,USD,card,succeeded,false
""",
    "payments__refunds": """
refund_id,payment_id,order_id,amount,currency,reason,refunded_at
r1,m1,o1,4.00,USD,late,2026-02-20 10:00:00
r2,m3,o2,10.00,EUR,broken,2026-02-21 10:00:00
""",
    "payments__disputes": """
dispute_id,payment_id,reason,amount,currency,outcome,opened_at,closed_at
d1,m3,fraud,90.00,EUR,,2026-02-22 10:00:00,
""",
    "finance__exchange_rates": """
currency,rate_date,usd_rate
EUR,2026-01-01,1.10
EUR,2026-01-14,1.20
KRW,2026-01-01,0.0007
""",
    "events__events": """
event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,page_path,referrer,utm_source,utm_medium,utm_campaign,device_type,properties
e1,scoot,page_viewed,2026-01-10 09:00:00,2026-01-10 09:00:01,a1,,/,https://www.google.com/,,,,mobile,
e2,scoot,order_placed,2026-01-10 10:00:00,2026-01-10 10:00:01,a1,c1,/order,,,,,mobile,"{""order_id"": ""o1""}"
e3,scoot,order_placed,2026-01-12 10:00:00,2026-01-12 10:00:01,a2,c2,/order,,google,cpc,spring,desktop,
e4,learn,lesson_liked,2026-02-03 10:00:00,2026-02-03 10:00:01,a3,c3,/lesson,,newsletter,,,desktop,
e5,learn,page_viewed,2026-02-03 10:10:00,2026-02-03 10:10:01,a3,,/,,,,,desktop,
e6,scoot,page_viewed,2026-01-02 10:00:00,2026-01-02 10:00:01,a4,,/,,google,cpc,spring,desktop,
""",
    "ads__campaigns": """
campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,started_on
k1,scoot,google,paid_search,Spring,google,cpc,spring,EUR,2026-01-01
""",
    "ads__daily_performance": """
campaign_id,performance_date,impressions,clicks,spend,claimed_conversions,claimed_revenue,_loaded_at
k1,2026-01-12,100,3,5.00,1,90,2026-01-13 03:00:00
k1,2026-01-12,100,3,6.00,2,180,2026-01-14 03:00:00
k1,2026-01-13,50,1,3.00,0,0,2026-01-14 03:00:00
k9,2026-01-13,50,1,2.00,1,10,2026-01-14 03:00:00
""",
    "experiments__experiments": """
experiment_id,brand,experiment_name,hypothesis,owner,experiment_type,unit,minimum_detectable_effect,started_at,ended_at
t1,scoot,New pass,More passes,Scoot,ab,customer,0.1,2026-01-03 00:00:00,2026-01-20 00:00:00
""",
    "experiments__variants": """
experiment_id,variant,is_control,traffic_share
t1,control,true,0.5
t1,treatment,false,0.5
""",
    "experiments__metrics": """
experiment_id,metric_name,role,direction,margin,outcome_days,declared_at
t1,revenue,success,up,,28,2026-01-02 00:00:00
""",
    "experiments__exposures": """
exposure_id,experiment_id,variant,customer_id,anonymous_id,device_type,exposed_at
x1,t1,control,c1,,ios,2026-01-06 00:00:00
x2,t1,treatment,c2,,android,2026-01-07 00:00:00
x3,t1,treatment,c2,,ios,2026-01-08 00:00:00
x4,t1,treatment,,,ios,2026-01-08 00:00:00
""",
    "devices__readings": """
reading_id,device_id,customer_id,measurement,value,unit,measured_at,received_at
g1,d1,c1,weight,70.5,kg,2026-01-20 10:00:00,2026-01-20 10:00:01
g2,d1,c1,weight,70.6,kg,2026-01-20 11:00:00,2026-01-20 11:00:01
""",
    "ml__models": """
model_name,model_version,owner,trained_at,train_from,train_to,threshold,deployed_at
fraud,v1,risk,2026-01-02 00:00:00,2025-06-01,2025-12-01,0.5,2026-01-03 00:00:00
""",
    "ml__predictions": """
prediction_id,model_name,model_version,entity_type,entity_id,score,decision,features,predicted_at
y1,fraud,v1,payment,m1,0.1,approve,"{""amount"": 9}",2026-01-11 09:59:00
y2,fraud,v1,payment,m3,0.2,approve,"{""amount"": 90}",2026-01-14 10:58:00
y3,fraud,v1,payment,m3,0.3,approve,"{""amount"": 90}",2026-01-14 10:59:00
""",
    "bi__dashboards": """
dashboard_id,title,owner,created_at,certified_until
w1,Scooters,Scoot,2026-01-05 09:00:00,2026-01-31
""",
    "bi__dashboard_sources": """
dashboard_id,model_name
w1,orders
""",
    "bi__dashboard_views": """
view_id,dashboard_id,viewer_id,viewed_at
u1,w1,ana,2026-01-20 09:00:00
u2,w1,ben,2026-02-20 09:00:00
""",
    "bi__questions": """
question_id,team,question,asked_at,answered_at,answered_with
f1,Scoot,How many rides?,2026-01-20 09:00:00,2026-01-21 09:00:00,w1
f2,Scoot,Why?,2026-02-20 09:00:00,,
""",
    "platform__query_runs": """
query_id,model_name,started_at,seconds
z1,orders,2026-02-09 09:00:00,3
""",
    "platform__bills": """
bill_id,billed_on,service,resource,amount,currency
y1,2026-02-08,compute,vm,10.00,EUR
y2,2026-02-15,compute,vm,70.01,EUR
""",
    "reference__tracking_plan": """
event_name,property_name,property_type,is_required,owner,is_activity,is_conversion
page_viewed,,,false,growth,false,false
order_placed,order_id,string,true,growth,true,true
lesson_viewed,lesson,string,true,learn,true,false
""",
    "reference__order_steps": """
brand,status,step_number,fulfils_promise,step_name,step_name_ko,reason
learn,placed,1,false,Placed,주문,the order
learn,paid,2,true,Paid,결제,what is promised
""",
    "reference__funnels": """
funnel,brand,step_number,event_name,window_days,step_order,funnel_name,funnel_name_ko,reason
learning,all,1,page_viewed,7,loose,Learning,학습,what the site is for
learning,all,2,lesson_viewed,7,loose,Learning,학습,
""",
    "reference__brand_names": """
brand,brand_name,brand_name_ko,business
scoot,Scoot,스쿠트,shared e-scooters
learn,Learn,런,online courses
""",
}


def write_small_company(folder: pathlib.Path) -> pathlib.Path:
    """Writes the raw files of the small company, one CSV a table; returns the folder."""
    return write_raw(folder, TABLES)
